"""Pure values and rules of the line: no database, no clock, no input or output."""
