"""Choosing a mail provider: the presets as people think of them, and searching them by any name.

A provider with servers in several regions is one brand; which region is a second question. Names
are compared as small letters and digits alone, so that `gsuite` finds “G Suite”.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache

from loopmail import assets
from loopmail.core.edit.presets import Group, Preset, find_preset, load_presets

GROUPS: tuple[Group, ...] = ("mailbox", "service", "catcher")
_LONGEST = 200  # characters of a search that are looked at
_SHORT = 26  # characters that a tile shows in one line, also where letters are wide
_SHORTEST_GUESS = 4  # letters; fewer are near to anything
_NEAR = 0.75  # how alike a misspelt name must be, from 0 to 1


@dataclass(frozen=True, slots=True)
class Brand:
    """A provider under one name, with a preset for each of its regions."""

    name: str
    presets: tuple[Preset, ...]

    @property
    def group(self) -> Group:
        """What kind of provider it is."""
        return self.presets[0].group

    @property
    def letter(self) -> str:
        """What stands for it on a tile: no trade mark, no picture file."""
        return next((char for char in self.name.upper() if char.isalnum()), "?")

    @property
    def detail(self) -> str:
        """Its regions, else its other names as far as they fit, else its server."""
        if len(self.presets) > 1:
            regions = [preset.region for preset in self.presets]
            short = ", ".join(regions)
            return short if len(short) <= _SHORT else f"{len(regions)} regions"
        known = self.presets[0].known
        fitting = [", ".join(known[:count]) for count in range(len(known), 0, -1)]
        shortest = fitting[-1:] or [self.presets[0].host]
        return next((one for one in fitting if len(one) <= _SHORT), shortest[0])


@cache
def brands() -> tuple[Brand, ...]:
    """All providers, those that most people look for first, then by name."""
    grouped: dict[str, list[Preset]] = {}
    for preset in load_presets():
        grouped.setdefault(preset.brand or preset.name, []).append(preset)
    first = [preset.brand or preset.name for preset in _first()]
    names = sorted(grouped, key=str.casefold)
    return tuple(Brand(one, tuple(grouped[one])) for one in dict.fromkeys([*first, *names]))


def first_brands() -> tuple[Brand, ...]:
    """Return those that most people look for."""
    return brands()[: len(_first())]


def _first() -> list[Preset]:
    return [find_preset(name) for name in assets.read_json("presets.json")["first"]]


# --- Searching ------------------------------------------------------------------------


def search(text: str) -> list[Brand]:
    """Return the providers that a name, a former name or an address means, the likeliest first.

    An empty text finds all of them. A brand of which only one region fits is found with that one.
    """
    wanted = text[:_LONGEST].strip()
    if not wanted:
        return list(brands())
    if "@" in wanted:
        return list(_of_address(wanted.rpartition("@")[2]))
    ranked = [(_rank(brand, wanted), at, brand) for at, brand in enumerate(brands())]
    found = [(rank, at, _narrowed(brand, wanted)) for rank, at, brand in ranked if rank is not None]
    return [brand for _, _, brand in sorted(found, key=lambda one: one[:2])] or _guess(wanted)


def _of_address(domain: str) -> Iterator[Brand]:
    """Yield the providers whose addresses have this domain, or one that begins so."""
    wanted = domain.casefold().rstrip(".")
    for brand in brands() if wanted else ():
        exact = tuple(p for p in brand.presets if wanted in p.domains)
        begun = tuple(p for p in brand.presets if any(d.startswith(wanted) for d in p.domains))
        if presets := exact or begun:
            yield replace(brand, presets=presets)


def _rank(brand: Brand, wanted: str) -> int | None:
    """Return how well a brand fits, 0 the best; None: not at all."""
    whole, words = _flat(wanted), [_flat(word) for word in wanted.split()]
    names = _names(brand)
    if not whole:
        return None
    if whole in names:
        return 0
    if any(name.startswith(whole) for name in names[:1]):
        return 1
    if any(name.startswith(whole) for name in names):
        return 2
    parts = _words(brand)
    if any(whole in part for part in parts):
        return 3
    return 4 if all(any(word in part for part in parts) for word in words if word) else None


def _narrowed(brand: Brand, wanted: str) -> Brand:
    """Return the brand with those regions alone that a search names, all of them if it names none."""
    own = {one: _flat(f"{one.name} {one.id} {one.region}") for one in brand.presets}
    words = [_flat(word) for word in wanted.split()]
    fit = tuple(one for one, text in own.items() if all(word in text for word in words))
    return replace(brand, presets=fit) if fit else brand


@cache
def _names(brand: Brand) -> tuple[str, ...]:
    """Return all that it may be called, its own name first."""
    return tuple(dict.fromkeys(filter(None, map(_flat, _called(brand)))))


@cache
def _words(brand: Brand) -> tuple[str, ...]:
    """Return the words of its names: “MailHog, MailDev” has no “gmail” in it."""
    words = (word for name in _called(brand) for word in re.split(r"[\s,()/@-]+", name))
    return tuple(dict.fromkeys(filter(None, map(_flat, words))))


def _called(brand: Brand) -> list[str]:
    found = [brand.name]
    for preset in brand.presets:
        found += [preset.name, preset.id, *preset.known, *preset.aliases, preset.region]
        found += [*preset.domains, preset.host, *preset.hosts]
    return found


def _guess(wanted: str) -> list[Brand]:
    """Return what a misspelt name may mean."""
    spelled = _flat(wanted)
    if len(spelled) < _SHORTEST_GUESS:
        return []
    called = {name: brand for brand in reversed(brands()) for name in _names(brand)}
    near = get_close_matches(spelled, called, n=3, cutoff=_NEAR)
    return list(dict.fromkeys(called[name] for name in near))


def _flat(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^0-9a-z]+", "", plain)
