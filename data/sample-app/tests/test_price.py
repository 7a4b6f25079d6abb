"""The shop charges what it says."""

import unittest

from shop.page import page
from shop.price import euros, total


class Prices(unittest.TestCase):
    """Baskets and what they cost."""

    def test_shipping_is_added(self):
        """A cup is 12.00, and its way to you 4.90."""
        self.assertEqual(total({"cup": 1}), 1690)

    def test_shipping_is_free_from_twenty_euros_on(self):
        """Two cups are 24.00."""
        self.assertEqual(total({"cup": 2}), 2400)

    def test_nothing_costs_nothing(self):
        """An empty basket is not shipped."""
        self.assertEqual(total({}), 0)

    def test_cents_are_kept(self):
        """No cent is lost."""
        self.assertEqual(euros(1205), "12.05")

    def test_the_page_tells_its_version(self):
        """So that everybody sees what is deployed."""
        self.assertIn("Version 1.2", page("Shop", "1.2"))


if __name__ == "__main__":
    unittest.main()
