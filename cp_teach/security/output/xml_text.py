r"""Make text valid in XML, which cannot hold control characters or half surrogate pairs, not even escaped.

>>> valid_xml_text("a\x1b[2J\ud800b")
'a�[2J�b'
"""

from __future__ import annotations

import re

_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""The characters that XML 1.0 forbids, and the discouraged C1 controls, which a terminal would obey."""


def valid_xml_text(text: str) -> str:
    """The text with each character that XML cannot hold replaced by U+FFFD."""
    return _NOT_IN_XML.sub("\ufffd", text)
