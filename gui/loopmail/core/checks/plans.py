"""Plans of data sources, kept while their settings stay: one letter typed changes one of many."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.plan import DatasourcePlan, plan_datasource
from loopmail.core.versions import Versions

_KEPT = 4096  # data sources, over all environments
_plans: OrderedDict[tuple[bytes, Versions, frozenset[str]], DatasourcePlan] = OrderedDict()
_lock = threading.Lock()


def kept_plan(
    settings: Mapping[str, Json], versions: Versions, modules: frozenset[str]
) -> DatasourcePlan:
    """Return `plan_datasource` of these arguments, from memory where it is the same question."""
    # A hash, so that no password is kept on behalf of the key.
    text = json.dumps(settings, default=_undefined, sort_keys=False, check_circular=False)
    key = (hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest(), versions, modules)
    with _lock:
        plan = _plans.get(key)
        if plan is not None:
            _plans.move_to_end(key)
            return plan
    plan = plan_datasource(settings, versions, modules)
    with _lock:
        _plans[key] = plan
        while len(_plans) > _KEPT:
            _plans.popitem(last=False)
    return plan


def _undefined(value: object) -> Json:
    """Write undefined as something that no JSON text of a data source is likely to hold."""
    assert value is UNDEFINED
    return {"\0undefined": 0}
