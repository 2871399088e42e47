"""The main window, its menus, and what opens and closes an app."""
