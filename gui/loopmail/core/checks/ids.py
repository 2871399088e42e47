"""The check ids that the command line and other programs may name."""

CHECK_IDS = frozenset(
    {"json-invalid", "json-duplicate-key", "schema", "port-secure-mismatch", "dead-key"}
    | {"string-not-boolean", "port-missing", "port-not-number", "service-overrides"}
    | {"url-overrides", "opportunistic-plaintext", "host-missing", "host-malformed"}
    | {"timeout-not-number", "certificate-check-off", "ca-is-path", "reject-unauthorized-string"}
    | {"sni-missing", "weak-cipher", "gmail-app-password", "microsoft-basic-auth"}
    | {"credentials-missing", "credentials-near-miss", "oauth2-version", "crash-at-boot"}
    | {"crash-at-send", "merge-array-length", "merge-type", "override-hidden", "master-missing"}
    | {"variable-partial", "variable-unresolved", "variable-unsupported", "nothing-sent"}
    | {"alias-duplicate", "alias-captured", "model-not-bound", "model-bound-to-non-mail"}
    | {"datasource-missing", "transport-module-missing", "connector-unknown", "name-mismatch"}
    | {"secret-in-file", "secret-in-git", "debug-prints-secrets", "logger-not-true", "unknown-key"}
)
