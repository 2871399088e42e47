"""Sending and catching mail as Nodemailer does; no Qt."""
