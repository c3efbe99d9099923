"""What the line keeps: tables, transactions, repositories, encryption and migrations."""
