"""`loopmail preset`: write a provider's settings into a mail data source."""

import argparse
import shlex
from pathlib import Path

from loopmail.cli.options import (
    Subparsers,
    add_file,
    add_format,
    add_verb,
    add_yes,
    open_workspace,
    write,
)
from loopmail.cli.output import print_json, print_line
from loopmail.core.app.folder import BASE_FILE
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.presets import Preset, apply_preset, find_preset, load_presets
from loopmail.core.errors import UsageError
from loopmail.core.loopback.datasources import transports


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail preset`."""
    parser = add_verb(
        subparsers,
        "preset",
        run_preset,
        "set a mail data source up for a provider",
        "Write a provider's server into a new or existing mail data source. Other keys stay, but "
        "for those that would overrule it (service, url, …).",
        on_app=False,
    )
    parser.add_argument("dir", metavar="DIR", nargs="?", help="the app's folder")
    parser.add_argument("datasource", metavar="DATASOURCE", nargs="?", help="its name")
    parser.add_argument("preset", metavar="PRESET", nargs="?", help="gmail, …; see --list")
    parser.add_argument("--list", action="store_true", help="list the presets")
    parser.add_argument("--user", metavar="ADDRESS", help="the user to sign in with")
    parser.add_argument(
        "--transport", metavar="NUMBER", type=int, default=0, help="which transport, from 0"
    )
    add_file(parser, BASE_FILE)
    add_yes(parser)
    add_format(parser, "text", "json")


def run_preset(arguments: argparse.Namespace) -> int:
    """List the presets or apply one."""
    if arguments.list:
        _list(arguments)
        return 0
    if arguments.preset is None:
        raise UsageError("A preset needs DIR, DATASOURCE and PRESET. See “loopmail preset --help”.")
    preset = find_preset(arguments.preset)
    if not arguments.file.startswith("datasources."):
        raise UsageError(
            f"Data sources stand in datasources.json and its layers, not in {arguments.file}."
        )
    if arguments.transport < 0:
        raise UsageError("Transports count from 0.")
    if arguments.user is not None and not preset.auth:
        raise UsageError(f"{preset.name} asks for no sign-in; leave --user out.")
    workspace = open_workspace(Path(arguments.dir))
    changes = apply_preset(
        workspace,
        arguments.file,
        arguments.datasource,
        preset,
        user=arguments.user,
        transport=arguments.transport,
    )
    changed = bool(write(workspace, changes, yes=arguments.yes))
    if arguments.format == "json":
        print_json({"changed": changed, "datasource": arguments.datasource, **_as_json(preset)})
        return 0
    done = "now uses" if changed else "already uses"
    print_line(f"“{arguments.datasource}” in {arguments.file} {done} {_server(preset)}.")
    if preset.auth:
        print_line(f"User: {preset.user_hint}.")
    print_line(f"As of {preset.advice_date}: {preset.advice}")
    print_line(preset.help_url)
    if preset.auth:
        _tell_password(arguments, workspace)
    return 0


def _list(arguments: argparse.Namespace) -> None:
    if arguments.format == "json":
        print_json([_as_json(preset) for preset in load_presets()])
        return
    width = max(len(preset.id) for preset in load_presets())
    for preset in load_presets():
        print_line(f"{preset.id:<{width}}  {preset.name}, {_server(preset)}")


def _server(preset: Preset) -> str:
    security = "TLS" if preset.secure else "STARTTLS" if preset.require_tls else "no TLS"
    return f"{preset.host}:{preset.port} ({security})"


def _as_json(preset: Preset) -> dict[str, object]:
    return {
        "id": preset.id,
        "name": preset.name,
        "host": preset.host,
        "port": preset.port,
        "secure": preset.secure,
        "requireTLS": preset.require_tls,
        "userHint": preset.user_hint,
        "advice": preset.advice,
        "adviceDate": preset.advice_date,
        "helpUrl": preset.help_url,
    }


def _tell_password(arguments: argparse.Namespace, workspace: Workspace) -> None:
    """Where the password is still empty, say how it gets into the keyring."""
    from loopmail.core.secrets.homes import place_of

    document = workspace.document(arguments.file)
    found = transports(document.value(), arguments.datasource)
    pointer = f"{found[arguments.transport].pointer}/auth/pass"
    if document.get(pointer) != "":
        return
    place = place_of(workspace.snapshot(), arguments.file, pointer)
    variable, env = place.variable, f" --env {place.env}" if place.env else ""
    folder = shlex.quote(arguments.dir)
    option = "" if arguments.file == BASE_FILE else f" --file {arguments.file}"
    print_line("To keep the password in the keyring:")
    print_line(f"  loopmail set {folder} {shlex.quote(pointer)} '\"${{{variable}}}\"'{option}")
    print_line(f"  loopmail secret set {folder} {variable}{env}")
