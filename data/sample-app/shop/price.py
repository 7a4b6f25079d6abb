"""What a basket costs. Prices are in cents, so that nothing is lost in rounding."""

PRICES = {"tea": 350, "cup": 1200, "spoon": 275}
FREE_FROM = 2000
SHIPPING = 490


def total(basket):
    """The price of ``basket`` (name -> how many), shipping included; from 20 euros on it is free."""
    goods = sum(PRICES[name] * count for name, count in basket.items())
    return goods if goods >= FREE_FROM or not goods else goods + SHIPPING


def euros(cents):
    """12.05 for 1205."""
    return f"{cents // 100}.{cents % 100:02}"
