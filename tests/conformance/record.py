"""Asks real LoopBack every case, many at once, suspects one by one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from conformance import normal
from conformance.answers import Recorded
from conformance.cases import Case
from conformance.real_loopback import RealLoopBack, install
from conformance.server.listener import MisbehavingServer


def real_answer(real: RealLoopBack, case: Case) -> dict[str, Any]:
    """Return real LoopBack's answer to a case and what the server saw, made comparable."""
    with MisbehavingServer(case.behaviour, case.configuration.wrap) as server:
        server.on_endless = lambda: real.give_up(case.name)
        value = real.ask(case.name, case.datasource, case.settings(server.port), case.message)
        saw = normal.dialogues(server.saw(), value.get("outcome", ""), server.port)
        return {**normal.answer(value, server.port), "saw": saw}


def record(version: str, chosen: dict[str, Case], jobs: int) -> Recorded:
    """Ask real LoopBack of this version all chosen cases."""
    with RealLoopBack(install(version)) as real:
        with ThreadPoolExecutor(jobs) as pool:
            asked = pool.map(lambda case: real_answer(real, case), chosen.values())
            answers = dict(zip(chosen, asked, strict=True))
        for name in [name for name, answer in answers.items() if _is_doubtful(answer)]:
            answers[name] = real_answer(real, chosen[name])
        return Recorded(real.versions, answers)


def _is_doubtful(answer: dict[str, Any]) -> bool:
    """Whether the answer may be due to the crowd: hidden by another case's crash, or late.

    A greeting that never came is asked for again when the machine has less to do.
    """
    late = answer.get("message") == "Greeting never received"
    return bool(answer.get("retry")) or late
