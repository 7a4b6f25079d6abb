r"""Text for XML: control characters and half surrogate pairs cannot stand in it, not even escaped.

>>> valid_xml_text("a\x1b[2J\ud800b")
'a�[2J�b'
"""

from __future__ import annotations

import re

_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 forbids, and the C1 controls, which it advises against: a terminal that shows the file obeys them."""


def valid_xml_text(text: str) -> str:
    """The text with the replacement character in place of each character that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)
