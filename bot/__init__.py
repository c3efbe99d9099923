"""Telegram in: its place in the house. It is built in the next step."""
