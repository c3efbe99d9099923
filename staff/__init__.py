"""The counsellors' desk: the queue and the conversations as server-rendered pages."""
