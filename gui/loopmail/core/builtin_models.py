"""The models that LoopBack brings along (loopback 2 and 3, lib/builtin-models.js)."""

# Models an app may want to bind, in the order of usefulness here.
BINDABLE = (
    "Email",
    "User",
    "AccessToken",
    "ACL",
    "Role",
    "RoleMapping",
    "Application",
    "Scope",
    "KeyValueModel",
)
# Base classes and internal ones: known, but not offered.
INTERNAL = ("Model", "PersistedModel", "Change", "Checkpoint", "DataModel")

BUILTIN = frozenset(BINDABLE + INTERNAL)
