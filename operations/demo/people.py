"""Generated people: their names, places, email addresses and devices. No address belongs to a real person."""

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

PARTS = tomllib.loads((Path(__file__).parent / "people.toml").read_text("utf-8"))
GIVEN_NAMES: list[str] = PARTS["given_names"]
FAMILY_NAMES: list[str] = PARTS["family_names"]
PLACES: list[str] = PARTS["places"]
OCCUPATIONS: list[str] = PARTS["occupations"]
BROWSERS: dict[str, int] = PARTS["browsers"]  # with their weights
WITHOUT_DECOMPOSITION = str.maketrans("øØıł", "oOil")  # NFD does not split these letters
DOMAINS = "example.com", "example.org", "example.net"  # RFC 2606: reserved for documentation

Device = tuple[str, str]  # an IP address, and a browser as Actor.user_agent describes it

_BROWSERS, _WEIGHTS = list(BROWSERS), list(BROWSERS.values())


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    full_name: str
    email: str
    devices: list[Device]


def person(number: int, rng: Random) -> Person:
    """Generate a person. Username and email address contain `number`, which makes them unique."""
    given, family = _one_of(GIVEN_NAMES, rng), _one_of(FAMILY_NAMES, rng)
    username = f"{_plain(given)}.{_plain(family)}{number}"
    devices = [device(rng) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
    return Person(username, f"{given} {family}", f"{username}@{_one_of(DOMAINS, rng)}", devices)


def device(rng: Random) -> Device:
    """Generate a browser at an address of a reserved range (RFC 2544, RFC 3849)."""
    browser = rng.choices(_BROWSERS, _WEIGHTS)[0]
    bits = rng.getrandbits(48)
    if bits % 4 == 0:
        return f"2001:db8:{bits >> 32:x}:{bits >> 16 & 0xFFFF:x}::{bits & 0xFFFF:x}", browser
    return f"198.{18 + (bits >> 2) % 2}.{bits >> 16 & 255}.{bits >> 8 & 255}", browser


def _one_of(choices: list[str] | tuple[str, ...], rng: Random) -> str:
    return choices[int(rng.random() * len(choices))]


@cache
def _plain(name: str) -> str:
    """Return a name as an address spells it, in letters from a to z."""
    letters = unicodedata.normalize("NFD", name.translate(WITHOUT_DECOMPOSITION)).lower()
    return "".join(letter for letter in letters if "a" <= letter <= "z")
