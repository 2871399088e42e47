"""Whether a fix is safe: it is tried in memory, in every environment, whatever variables are set.

A rule that thinks its fix safe says so in `Fix.safe`; that is a claim. Nothing is called safe to a
user, and nothing is applied unseen, before `Prover` has tried it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from loopmail.core.app.definitions import NO_FILES
from loopmail.core.app.folder import AppFolder, kind_of
from loopmail.core.app.git import tracked_files
from loopmail.core.app.packages import installed_transport_modules
from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Snapshot, Workspace
from loopmail.core.checks.context import Texts
from loopmail.core.checks.fixes import Doubts
from loopmail.core.checks.problem import Problem, key_of
from loopmail.core.checks.run import CheckRequest, run_checks
from loopmail.core.errors import LoopmailError
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import at, leaves, parse_pointer
from loopmail.core.loopback.datasources import datasource_keys, layer_values
from loopmail.core.loopback.registry import Model
from loopmail.core.loopback.report import stringified
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView
from loopmail.core.secret_names import PLACEHOLDER

MOST = 200  # fixes that `proven` tries; the rest stays unproven
_MANY = 20  # data sources; where there are more, those that a fix is not about are cut short
_ANY_OTHER = "production"  # an environment that every app may be started in


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of trying a fix: without doubts it is safe."""

    doubts: tuple[str, ...]  # sentences: what it would change, leave or break

    @property
    def safe(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.doubts


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under what an app is judged: plain data for a worker."""

    versions: Versions
    variables: Mapping[str | None, Variables]  # by environment; where one is missing, the first
    modules: frozenset[str] = frozenset()
    tracked_secrets: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, app: AppFolder, versions: Versions, variables: Mapping[str | None, Variables]
    ) -> "Circumstances":
        """Return them with what is installed in the app's folder, and what git has of it."""
        return cls(versions, variables, installed_transport_modules(app.root), tracked_files(app))

    def variables_of(self, env: str | None) -> Variables:
        """Return what an environment's variables are."""
        return self.variables.get(env) or next(iter(self.variables.values()), Variables())


def proven(
    problems: Sequence[Problem],
    snapshot: Snapshot,
    circumstances: Circumstances,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Problem]:
    """Return the problems with fixes that are called safe only if they have been proven."""
    prover = Prover(snapshot, circumstances, stopped)
    found, tried = [], 0
    for problem in problems:
        fix = problem.fix
        if fix is not None and fix.safe:
            tried += 1
            known = tried <= MOST and not stopped()
            doubts = prover.prove(problem).doubts if known else ("It was not tried.",)
            problem = replace(problem, fix=replace(fix, safe=not doubts, doubts=doubts))
        found.append(problem)
    return found


def doubts_under(
    circumstances: Circumstances, stopped: Callable[[], bool] = lambda: False
) -> Doubts:
    """Return a function that tells what speaks against a fix of a snapshot, as `fix_all` asks.

    Several fixes of one snapshot are compared with one look at it.
    """
    prover: Prover | None = None

    def doubts(snapshot: Snapshot, problem: Problem) -> Sequence[str]:
        nonlocal prover
        if prover is None or prover.snapshot is not snapshot:  # the files have changed
            prover = Prover(snapshot, circumstances, stopped)
        return prover.prove(problem).doubts

    return doubts


class Prover:
    """Tries fixes on copies of one snapshot; what it looked at before is kept."""

    def __init__(
        self,
        snapshot: Snapshot,
        circumstances: Circumstances,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.snapshot, self._circumstances, self._stopped = snapshot, circumstances, stopped
        self._whole = _Trial(snapshot, circumstances)

    def prove(self, problem: Problem) -> Proof:
        """Try a problem's fix in every environment, with other variables set and with none."""
        if problem.fix is None:
            return Proof(("There is no fix.",))
        before = self._before(problem)
        workspace = Workspace.detached(before.snapshot)
        try:
            changes = problem.fix.changes(workspace)
            workspace.apply(changes)
        except LoopmailError as error:
            return Proof((str(error),))
        if not changes:
            return Proof(("It changes nothing.",))
        after = _Trial(workspace.snapshot(), self._circumstances)
        return Proof(tuple(dict.fromkeys(self._doubts(problem, before, after))))

    def _doubts(self, problem: Problem, before: "_Trial", after: "_Trial") -> Iterator[str]:
        for env in self._environments(problem):
            for variables in self._variables(env):
                if self._stopped():
                    yield "It was not tried to the end."
                    return
                old = before.look(env, variables)
                new = after.look(env, variables)
                yield from _Comparison(problem, old, new).doubts()

    def _environments(self, problem: Problem) -> list[str | None]:
        found = (problem.env, *self.snapshot.app.environments, _ANY_OTHER)
        return list(dict.fromkeys(found))

    def _variables(self, env: str | None) -> list[Variables]:
        """Return those of this shell, none at all, and all with stand-ins of two kinds."""
        names, own = self._stand_ins.keys(), self._circumstances.variables_of(env)
        found = [own]
        if names:
            bare = {key: text for key, text in own.environment.items() if key not in names}
            found.append(Variables(bare, {}, own.config))
            for kind in (0, 1):
                words = {name: texts[kind] for name, texts in self._stand_ins.items()}
                found.append(Variables({**bare, **words}, {}, own.config))
        return found

    @cached_property
    def _stand_ins(self) -> Mapping[str, tuple[str, str]]:
        """Texts that fit where a variable is used, two for each."""
        found: dict[str, tuple[str, str]] = {}
        for value in self.snapshot.values.values():
            for tokens, text in leaves(value):
                match = PLACEHOLDER.search(text) if isinstance(text, str) else None
                if match is not None:
                    key = tokens[-1].lower() if tokens else ""
                    found.setdefault(match.group(1), _WORDS.get(key, _WORDS[""]))
        return found

    def _before(self, problem: Problem) -> "_Trial":
        """Return the app, or where it is large the part that a fix can have to do with.

        A data source depends on no other one as long as LoopBack starts.
        """
        name = _about(problem, "datasources")
        snapshot = self.snapshot
        if name is None or snapshot.errors or len(datasource_keys(snapshot)) <= _MANY:
            return self._whole
        if any(self._whole.boots_badly(env) for env in self._environments(problem)):
            return self._whole
        return _Trial(_cut_short(snapshot, name), self._circumstances)


# --- What stands in for a variable ----------------------------------------------------

_SWITCHES = ("requiretls", "ignoretls", "pool", "debug", "logger", "rejectunauthorized")
_WORDS: Mapping[str, tuple[str, str]] = {
    "": ("stand-in", "other"),
    "port": ("465", "587"),
    "secure": ("true", "false"),
    "host": ("smtp.example.com", "localhost"),
    "servername": ("smtp.example.com", "mail.example.com"),
    "type": ("smtp", "SMTP"),
    "service": ("gmail", "SendGrid"),
    "url": ("smtps://user:pass@smtp.example.com", "smtp://smtp.example.com:2525"),
    "connector": ("mail", "memory"),
    "datasource": ("mail", "db"),
    **dict.fromkeys(_SWITCHES, ("true", "")),
}

# --- A part of a large app ------------------------------------------------------------

_SHORT = ("name", "connector", "defaultForType")  # what models and names depend on


def _cut_short(snapshot: Snapshot, name: str) -> Snapshot:
    """Return the app with all data sources but one reduced to what others see of them."""
    import json

    values, texts = dict(snapshot.values), dict(snapshot.texts)
    for file, layer in layer_values(snapshot, "datasources").items():
        values[file] = {key: one if key == name else _short(one) for key, one in layer.items()}
        texts[file] = json.dumps(values[file], indent=2)
    return Snapshot(snapshot.app, values, snapshot.errors, texts)


def _short(source: Json) -> Json:
    if not isinstance(source, dict):
        return source
    return {key: source[key] for key in _SHORT if key in source}


# --- Looking at the app ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Look:
    """What there is in one environment, with certain variables."""

    env: str | None
    view: AppView
    problems: Sequence[Problem]


@dataclass
class _Trial:
    """A snapshot and what was seen of it."""

    snapshot: Snapshot
    circumstances: Circumstances
    _seen: dict[str | None, list[tuple[Variables, _Look]]] = field(default_factory=dict)

    @cached_property
    def _texts(self) -> Texts:
        return Texts(self.snapshot)

    def look(self, env: str | None, variables: Variables) -> _Look:
        """Run all checks for this environment and these variables."""
        seen = self._seen.setdefault(env, [])
        for known, look in seen:
            if known == variables:
                return look
        under = self.circumstances
        request = CheckRequest(
            *(self.snapshot, [env], variables, under.versions),
            *(under.modules, under.tracked_secrets),
        )
        view = AppView(self.snapshot, env, variables, under.versions, under.modules)
        problems = run_checks(request, texts=self._texts, load=lambda *_: view.effective)
        found = _Look(env, view, problems)
        seen.append((variables, found))
        return found

    def boots_badly(self, env: str | None) -> bool:
        """Tell whether LoopBack refuses the files there."""
        under = self.circumstances
        own = under.variables_of(env)
        view = AppView(self.snapshot, env, own, under.versions, under.modules)
        return view.effective.error is not None


# --- Comparing two looks --------------------------------------------------------------


def _about(problem: Problem, kind: str) -> str | None:
    """Return the data source or model that a problem is about."""
    tokens = parse_pointer(problem.pointer)
    return tokens[0] if tokens and kind_of(problem.file) == kind else None


class _Comparison:
    """What a fix changed in one environment that it should not have changed."""

    def __init__(self, problem: Problem, old: _Look, new: _Look) -> None:
        self._problem, self._old, self._new = problem, old, new
        self._where = f"In {old.env}" if old.env else "With the base files alone"
        self._had_it = key_of(problem) in set(map(key_of, old.problems))

    def doubts(self) -> Iterator[str]:
        """Yield a sentence for each thing that speaks against the fix."""
        yield from self._unknown()
        if self._had_it and key_of(self._problem) in set(map(key_of, self._new.problems)):
            yield f"{self._where} the problem stays."
        for problem in self._new_problems():
            yield f"{self._where} there would be a new problem: {problem.text}"
        started = self._old.view.boot_error is None
        error = self._new.view.boot_error
        if started and error is not None:
            yield f"{self._where} the app would not start any more: {error.text}"
        yield from self._changed_datasources()
        yield from self._changed_models()

    def _unknown(self) -> Iterator[str]:
        """Yield what cannot be known of this environment, and so cannot be proven."""
        kinds = {"datasources", kind_of(self._problem.file)}
        for file in self._old.view.effective.files:
            if file.state == "script" and kind_of(file.path) in kinds:
                yield f"{self._where} the script {file.path} may change what comes of it."
        registry = self._old.view.registry
        if _about(self._problem, "model-config") is not None:
            # Without model files all is known, if no entry asks for one.
            whole = not any(error.kind == "model" for error in registry.errors)
            for sentence in registry.unknown:
                if sentence != NO_FILES or not whole:
                    yield f"Not all models are known here: {sentence}"

    def _new_problems(self) -> Iterator[Problem]:
        """Yield warnings and errors that were not there, not even at another place."""
        places = set(map(key_of, self._old.problems))
        words = Counter(map(_words, self._old.problems))
        words.subtract(map(_words, (p for p in self._new.problems if key_of(p) in places)))
        for problem in self._new.problems:
            if problem.severity == "info" or key_of(problem) in places:
                continue
            if words[_words(problem)] > 0:
                words[_words(problem)] -= 1
            else:
                yield problem

    def _changed_datasources(self) -> Iterator[str]:
        about = _about(self._problem, "datasources")
        old = self._old.view.effective.datasources
        new = self._new.view.effective.datasources
        for name in dict.fromkeys((*old, *new)):
            # As JSON.stringify prints them: what is undefined is as good as absent.
            before = stringified(old[name].settings) if name in old else None
            after = stringified(new[name].settings) if name in new else None
            if before == after:
                continue
            if self._old.view.effective.error is not None:
                continue  # nothing was loaded before; now it is
            if name != about:
                yield f"{self._where} it would change the data source {name}."
            elif not self._had_it:
                yield f"{self._where}, which does not have this problem, it would change {name}."
            elif self._touches_another(before, after):
                yield f"{self._where} it would change another transport of {name}."

    def _touches_another(self, before: Json, after: Json) -> bool:
        """Tell whether a fix of one transport of several changed another one, too."""
        tokens = parse_pointer(self._problem.pointer)[1:]
        if len(tokens) < 2 or tokens[0] not in ("transports", "transport"):
            return False
        old, new = at(before, tokens[:1]), at(after, tokens[:1])
        if not isinstance(old, list) or not isinstance(new, list) or len(old) != len(new):
            return False
        changed = {str(n) for n, (a, b) in enumerate(zip(old, new, strict=True)) if a != b}
        return bool(changed - {tokens[1]})

    def _changed_models(self) -> Iterator[str]:
        about = _about(self._problem, "model-config")
        source = _about(self._problem, "datasources")
        old, new = self._old.view.registry, self._new.view.registry
        for name, model in old.names.items():
            now = new.names.get(name)
            if now is not None and _seen_from_outside(now) == _seen_from_outside(model):
                continue
            same = now is not None and (now.name, now.datasource) == (model.name, model.datasource)
            waited = model.name == about and (model.datasource is None or model.send == "throws")
            if waited and now is not None and now.name == model.name:
                continue  # it had no use before
            if same and source is not None and model.datasource == source:
                continue
            yield f"{self._where} app.models.{name} would be another model, or do something else."


def _seen_from_outside(model: Model) -> tuple[object, ...]:
    return model.name, model.bases, model.datasource, model.send


def _words(problem: Problem) -> tuple[str, str | None, str]:
    return problem.id, _about(problem, "datasources"), problem.text
