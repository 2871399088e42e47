"""Sockets, TLS as Node judges it, certificates, and Node's words for what fails."""
