"""Telegram in: an update, by webhook or by polling, becomes a message, an edit or a block."""
