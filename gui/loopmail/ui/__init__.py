"""The window; the only part that knows Qt.

Where imports stand. The empty window (menus, tool bar, welcome page) must show without delay, so
its modules import at their top only what it takes to show it. Whatever an open app, the keyring,
TLS, a dialog or a panel needs is imported in the function that needs it first, and under
`if TYPE_CHECKING:` where only annotations name it. Modules that are themselves imported late
import at their top as usual. What every app needs at once is imported by the worker that reads
the app (see opener), so that the first page does not wait for it. `tests/ui/test_start_up.py`
watches over this; the verbs of the command line keep the same rule for what they call.
"""
