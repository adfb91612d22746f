"""Every spelling of an address has one form, which both databases store."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.addresses import is_in_networks, normalized_address, origin_of, parse_network


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("192.0.2.7:5678", "192.0.2.7"),
        ("192.0.2.7:", None),
        ("192.0.2.7:123456", None),
        ("192.0.2.07", None),  # octal to some, decimal to others
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::5%eth0", "2001:db8::5"),
        ("[2001:db8::5%eth0]:443", "2001:db8::5"),
        ("fe80::1%", "fe80::1"),
        ("fe80::1%a%b", "fe80::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:443", "192.0.2.7"),
        ("::ffff:192.0.2.7%eth0", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("[192.0.2.7]:80", "192.0.2.7"),
        ("", None),
        ("unknown", None),
        ("_hidden", None),  # RFC 7239, section 6.3
        ("unix:", None),
        ("[", None),
        ("[]", None),
        ("%eth0", None),
        ("192.0.2.7\0", None),
        ("\u0661.2.3.4", None),
        ("fe80::1%" + "z" * 1000, None),
    ],
)
def test_normalized_address(text, expected):
    assert normalized_address(text) == expected


@given(st.text(max_size=60) | st.ip_addresses().map(str) | st.from_regex(r"\[?[0-9a-f:.]+\]?(%[a-z]+)?(:[0-9]+)?"))
def test_the_form_is_its_own_form(text):
    normal = normalized_address(text)
    assert normal is None or (normalized_address(normal) == normal and "%" not in normal)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("fe80::1%eth0", "fe80::1/128"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ("::/0", "::/0"),
    ],
)
def test_parse_network(text, expected):
    assert parse_network(text) == ip_network(expected)


@pytest.mark.parametrize("text", ["", "/", "proxy", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/8/8"])
def test_what_is_no_network(text):
    with pytest.raises(ValueError, match=r"."):
        parse_network(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("10.1.2.3:80", True), ("192.0.2.1", False), ("", False)],
)
def test_a_network_contains_every_spelling_of_its_addresses(text, expected):
    assert is_in_networks(text, [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]) is expected


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.com:443/auth", "https://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("http://[2001:DB8::1]:8000/", "http://[2001:db8::1]:8000"),
        ("HTTPS://user@example.com", "https://example.com"),
    ],
)
def test_origin_is_what_browsers_send(url: str, origin: str) -> None:
    assert origin_of(url) == origin
