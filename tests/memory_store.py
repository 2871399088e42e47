"""A secret store that keeps to the contract and forgets all when the test ends."""

from loopmail.core.errors import KeyringRefused


class MemoryStore:
    """Secrets in memory."""

    def __init__(self) -> None:
        self._secrets: dict[tuple[str, str], str] = {}

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._secrets)} entries)"

    def get(self, service: str, user: str) -> str | None:
        return self._secrets.get((service, user))

    def set(self, service: str, user: str, secret: str) -> None:
        if "\0" in secret:
            raise KeyringRefused("A secret cannot hold a NUL character.")
        self._secrets[service, user] = secret

    def delete(self, service: str, user: str) -> bool:
        return self._secrets.pop((service, user), None) is not None

    def users(self, service: str) -> list[str] | None:
        return sorted(user for owner, user in self._secrets if owner == service)

    def describe(self) -> str:
        return "memory only"
