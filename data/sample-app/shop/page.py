"""The page of the shop, as one file of HTML."""

from html import escape

from shop.price import PRICES, euros

COLOUR = "#0b5cad"


def page(name, version):
    """The whole page."""
    rows = "".join(
        f"<tr><td>{escape(one)}</td><td>{euros(cents)} €</td></tr>" for one, cents in PRICES.items()
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>{escape(name)}</title>\n'
        f'<body style="font-family:system-ui,sans-serif"><h1 style="color:{COLOUR}">{escape(name)}</h1>\n'
        f"<p>Version {escape(version)}</p>\n<table>{rows}</table></body></html>\n"
    )
