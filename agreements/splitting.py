class Piece:
    pass


class Proposal:
    pass


def read_text(d):
    return d.decode()


def split(t, e):
    return None
