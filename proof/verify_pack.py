#!/usr/bin/env python3
"""Checks an accountability pack of DPA Tracker. Needs Python 3.9 or later and nothing else; asks no network.

    python3 verify_pack.py PACK.zip [--key HEX] [--checkpoints FILE]

--key          a public key that you got another way than with the pack (printed in each mailed checkpoint). Without
               it the pack vouches for its own key: enough against accidents, not against a forger.
--checkpoints  checkpoints that you were mailed, one JSON object a line: each must stand in the chain.

Exit code 0: everything holds. 1: something does not, and the lines say what. 2: the pack cannot be read.
"""

import argparse
import hashlib
import json
import sys
import zipfile

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def canonical(value):
    """JSON with sorted keys, no spaces, UTF-8: what is hashed and signed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value):
    return hashlib.sha256(canonical(value)).hexdigest()


# --- Ed25519, verification only (RFC 8032, 5.1): points are (X, Y, Z, T) --------------------------------


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def times(number, point):
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = add(found, point)
        point = add(point, point)
        number >>= 1
    return found


def point_of(data):
    """The point of 32 bytes; None when they are none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if (x & 1) != sign else x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(key, message, signature):
    """Whether the holder of this public key (32 bytes) signed it."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = point_of(key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    left, right = times(s, BASE), add(r, times(k, a))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- The pack -----------------------------------------------------------------------------------------


class Pack:
    """An opened pack, and what is wrong with it."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as opened:
            self.files = {name: opened.read(name) for name in opened.namelist()}
        self.manifest = json.loads(self.files["pack.json"])
        self.wrong = []

    def lines(self, name):
        return [json.loads(text) for text in self.files[name].decode().splitlines() if text]

    def say(self, words):
        self.wrong.append(words)

    def signature_holds(self, says, trusted):
        """Signed with a trusted key, over the canonical form of what is said."""
        key = trusted.get(says["key"])
        rest = {name: value for name, value in says.items() if name not in ("key", "signature")}
        return key is not None and signed_by(key, canonical(rest), bytes.fromhex(says["signature"]))


def trusted_keys(pack, given):
    """Key id -> public key: the given one alone, or else those that the pack brings."""
    keys = [given] if given else pack.manifest["says"]["keys"].values()
    found = [bytes.fromhex(text) for text in keys]
    return {hashlib.sha256(key).hexdigest()[:16]: key for key in found}


def check_files(pack, trusted):
    seal = {**pack.manifest["says"], **pack.manifest["signed"]}
    if not pack.signature_holds(seal, trusted):
        pack.say("The list of files is not signed with a trusted key.")
    listed = pack.manifest["says"]["files"]
    for name in sorted(set(listed) | (set(pack.files) - {"pack.json"})):
        if name not in pack.files:
            pack.say(f"{name} is missing.")
        elif listed.get(name) != hashlib.sha256(pack.files[name]).hexdigest():
            pack.say(f"{name} is not the file that was signed.")


def check_chain(pack):
    """Recompute every hash; returns place -> hash."""
    chain, previous, known = pack.manifest["says"]["chain"], "", {}
    for place, seal in enumerate(pack.lines("seals.jsonl"), 1):
        body = digest(seal["content"]) if "content" in seal else seal["content_digest"]
        found = digest([chain, seal["seq"], seal["previous"], body, seal["sealed_at"]])
        if seal["seq"] != place:
            pack.say(f"Seal {place} is missing, or out of its place.")
        if seal["previous"] != previous:
            pack.say(f"Seal {seal['seq']} does not follow the one before it.")
        if found != seal["hash"]:
            pack.say(f"Seal {seal['seq']}: its entry was changed.")
        previous = seal["hash"]
        known[seal["seq"]] = seal["hash"]
    return known


def check_checkpoints(pack, trusted, known, kept):
    for says, whose in [(c, "of the pack") for c in pack.lines("checkpoints.jsonl")] + [
        (c, "that you kept") for c in kept
    ]:
        where = f"The checkpoint {whose} at seal {says['seq']}"
        if says["chain"] != pack.manifest["says"]["chain"]:
            pack.say(f"{where} is of another chain.")
        elif not pack.signature_holds(says, trusted):
            pack.say(f"{where} is not signed with a trusted key.")
        elif known.get(says["seq"]) != says["hash"]:
            pack.say(f"{where} is not in the chain: it was cut, or written anew.")


def check_evidence(pack):
    """Every digest of evidence that is named opens a commitment of an entry."""
    promised = set()
    for seal in pack.lines("seals.jsonl"):
        promised.update(seal.get("content", {}).get("evidence", ()))
    for piece in pack.lines("evidence.jsonl"):
        if digest([piece["nonce"], piece["digest"]]) not in promised:
            pack.say(f"The digest of “{piece['title']}” is not the one that was sealed.")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pack")
    parser.add_argument("--key", default="")
    parser.add_argument("--checkpoints", default="")
    options = parser.parse_args()
    try:
        pack = Pack(options.pack)
        kept = []
        if options.checkpoints:
            with open(options.checkpoints, encoding="utf-8") as lines:
                kept = [json.loads(text) for text in lines if text.strip()]
        trusted = trusted_keys(pack, options.key)
        check_files(pack, trusted)
        known = check_chain(pack)
        check_checkpoints(pack, trusted, known, kept)
        check_evidence(pack)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        print(f"This pack cannot be read: {type(error).__name__}: {error}")
        return 2
    for words in pack.wrong:
        print(f"WRONG  {words}")
    if pack.wrong:
        print(
            f"{len(pack.wrong)} things do not hold. Do not rely on this pack; ask for another, and keep both."
        )
        return 1
    withheld = sum("content" not in seal for seal in pack.lines("seals.jsonl"))
    print(
        f"All {len(known)} seals hold ({withheld} without their text), and every checkpoint stands in the chain."
    )
    if not options.key:
        print("The key came with the pack. Give --key to check it against the one in your mails.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
