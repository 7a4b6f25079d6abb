"""The data that a page without a kernel needs: recorded moments, and the graph of moves from them."""
