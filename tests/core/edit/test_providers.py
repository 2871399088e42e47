"""Providers as people look for them: tiles, regions, and searching by any name."""

import pytest

from loopmail.core.edit.presets import load_presets
from loopmail.core.edit.providers import GROUPS, Brand, brands, first_brands, search


def test_every_preset_belongs_to_exactly_one_brand() -> None:
    listed = [preset for brand in brands() for preset in brand.presets]
    assert sorted(one.id for one in listed) == sorted(one.id for one in load_presets())
    assert len({brand.name for brand in brands()}) == len(brands())


@pytest.mark.parametrize("brand", brands(), ids=lambda brand: brand.name)
def test_each_brand_has_what_a_tile_shows(brand: Brand) -> None:
    assert brand.letter.isalnum()
    assert len(brand.letter) == 1
    assert brand.detail
    assert brand.group in GROUPS
    regions = [preset.region for preset in brand.presets]
    assert len(regions) == 1 or all(regions)
    assert len(set(regions)) == len(regions)


def test_nine_come_first_gmail_before_all() -> None:
    names = [brand.name for brand in first_brands()]
    assert names == [
        "GMail", "Microsoft 365", "Outlook.com", "SendGrid", "Amazon SES", "Mailgun", "Brevo",
        "Postmark", "Resend",
    ]  # fmt: skip
    rest = [brand.name.casefold() for brand in brands()[len(names) :]]
    assert rest == sorted(rest)
    assert brands()[: len(names)] == first_brands()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("gmail", "GMail"),
        ("google", "GMail"),
        ("GSuite", "GMail"),
        ("g suite", "GMail"),
        ("google workspace", "GMail"),
        ("googlemail", "GMail"),
        ("office 365", "Microsoft 365"),
        ("office365", "Microsoft 365"),
        ("Outlook 365", "Microsoft 365"),
        ("o365", "Microsoft 365"),
        ("exchange", "Microsoft 365"),
        ("outlook", "Outlook.com"),
        ("hotmail", "Outlook.com"),
        ("live", "Outlook.com"),
        ("twilio", "SendGrid"),
        ("sendinblue", "Brevo"),
        ("aws", "Amazon SES"),
        ("amazon", "Amazon SES"),
        ("ses", "Amazon SES"),
        ("simple email service", "Amazon SES"),
        ("mandrill", "Mailchimp Transactional"),
        ("mailchimp", "Mailchimp Transactional"),
        ("protonmail", "Proton Mail"),
        ("1&1", "IONOS"),
        ("1und1", "IONOS"),
        ("netease", "163 (NetEase)"),
        ("apple", "iCloud Mail"),
        ("mailhog", "Mailpit, MailHog, MailDev"),
        ("smtp.gmail.com", "GMail"),
        ("messagebird", "SparkPost"),
    ],
)
def test_a_name_a_former_name_or_a_server_finds_its_provider_first(text: str, first: str) -> None:
    assert search(text)[0].name == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("me@gmail.com", "GMail"),
        ("me@GoogleMail.com", "GMail"),
        ("someone@hotmail.com", "Outlook.com"),
        ("a@web.de", "WEB.DE"),
        ("a.b@ymail.com", "Yahoo Mail"),
        ("me@gma", "GMail"),
    ],
)
def test_an_address_finds_the_provider_of_its_domain(text: str, first: str) -> None:
    assert [brand.name for brand in search(text)] == [first]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("mailgun eu", ["mailgun-eu"]),
        ("ses frankfurt", ["ses-eu-central-1"]),
        ("eu-west-1", ["ses-eu-west-1"]),
        ("me@gmx.us", ["gmx-com"]),
        ("zoho", ["zoho", "zoho-eu"]),
    ],
)
def test_a_region_that_is_named_needs_no_second_question(text: str, ids: list[str]) -> None:
    assert sorted(preset.id for preset in search(text)[0].presets) == ids


@pytest.mark.parametrize(
    ("text", "first"),
    [("gmial", "GMail"), ("sendgird", "SendGrid"), ("micrsoft365", "Microsoft 365")],
)
def test_a_misspelt_name_is_guessed(text: str, first: str) -> None:
    assert search(text)[0].name == first


@pytest.mark.parametrize("text", ["me@company.example", "@", "x@", "qqqqqq", "%", "é" * 5000])
def test_what_nobody_is_called_finds_nothing(text: str) -> None:
    assert search(text) == []


def test_a_name_is_not_found_across_two_others() -> None:
    assert [brand.name for brand in search("gmail")] == ["GMail"]  # and not “MailHog, MailDev”


@pytest.mark.parametrize("text", ["", "   "])
def test_no_search_finds_all(text: str) -> None:
    assert search(text) == list(brands())
