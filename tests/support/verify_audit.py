"""A second verifier of exported audit logs, written apart from tools/verify-audit.mjs and sharing no code with it.

Usage: verify_audit.py <folder> [--key KEY] [--checkpoint FILE]
Prints one JSON object {"ok", "entries", "checkpoints", "breaks": [{"how", "index"}]}; exit code 0, 1 or 2.
It holds whole trees in memory and works from the definitions (RFC 6962 section 2.1, RFC 8032 section 5.1.7) instead of
streaming: slow, plain, and wrong in other places than the first one, if at all. Python standard library only.
"""
import base64
import hashlib
import json
import os
import re
import sys

# ---- Ed25519 verification, RFC 8032 section 5.1 ----

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def recover_x(y, sign):
    """The even or odd x of a point with this y; None when there is none (section 5.1.3)."""
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P != 0 or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def decode_point(data):
    value = int.from_bytes(data, "little")
    sign, y = value >> 255, value & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(p, q):
    """Addition in extended coordinates (section 5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def ed25519_holds(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = decode_point(public), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = multiply(s, BASE), add(r, multiply(k, a))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- The Merkle tree, RFC 6962 section 2.1 ----


class Tree:
    """All complete subtrees, by height; every prefix's root comes from them."""

    def __init__(self, leaves):
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            pairs = zip(below[0::2], below[1::2])
            self.levels.append([hashlib.sha256(b"\x01" + a + b).digest() for a, b in pairs])

    def root(self, size):
        """MTH over the first `size` leaves; None when there are fewer."""
        if size > len(self.levels[0]):
            return None
        if size == 0:
            return hashlib.sha256(b"").digest()
        return self._range(0, size)

    def _range(self, start, size):
        height = size.bit_length() - 1
        whole = 1 << height
        if whole == size:
            return self.levels[height][start >> height]
        left, right = self._range(start, whole), self._range(start + whole, size - whole)
        return hashlib.sha256(b"\x01" + left + right).digest()


# ---- The bundle ----


def read_key(text):
    name, key_id, encoded = text.strip().split("+", 2)
    typed = base64.b64decode(encoded, validate=True)
    if typed[0] != 1 or hashlib.sha256(name.encode() + b"\n" + typed).hexdigest()[:8] != key_id:
        raise ValueError("not a verifier key")
    return name, bytes.fromhex(key_id), typed[1:]


def read_notes(path):
    """Splits a file of notes: a note is a block of text, an empty line, a block of signature lines."""
    with open(path, encoding="utf-8") as file:
        blocks = [block.strip("\n") + "\n" for block in re.split(r"\n\n+", file.read()) if block.strip()]
    notes = []
    for block in blocks:
        if not block.startswith("\u2014 "):
            notes.append([block, ""])
        elif notes:
            notes[-1][1] += block
    return [read_checkpoint(text, signatures) for text, signatures in notes]


def read_checkpoint(text, signatures):
    lines = text.split("\n")
    try:
        root = base64.b64decode(lines[2], validate=True)
        return {"text": text, "signatures": signatures, "origin": lines[0], "size": int(lines[1]), "root": root}
    except (IndexError, ValueError):
        return {"text": text, "signatures": signatures, "origin": None, "size": -1, "root": b""}


def signed(note, key):
    name, key_id, public = key
    found = False
    for line in note["signatures"].splitlines():
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or parts[1] != name:
            continue
        try:
            data = base64.b64decode(parts[2], validate=True)
        except ValueError:
            return False
        if data[:4] == key_id:
            if not ed25519_holds(public, note["text"].encode(), data[4:]):
                return False
            found = True
    return found


def tile_path(level, index, width):
    parts = []
    while True:
        parts.insert(0, f"{index % 1000:03d}")
        index //= 1000
        if index == 0:
            break
    path = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return f"tile/{level}/{path}" + (f".p/{width}" if width < 256 else "")


def read_tiles(folder, level, size):
    """The stored hashes of one level; stops at the first tile that is missing or of a wrong length."""
    hashes = []
    count = size >> (8 * level)
    for index in range((count + 255) // 256):
        width = min(256, count - index * 256)
        path = os.path.join(folder, tile_path(level, index, width))
        data = open(path, "rb").read() if os.path.exists(path) else b""
        if len(data) != 32 * width:
            break
        hashes += [data[at : at + 32] for at in range(0, len(data), 32)]
    return hashes


def first_difference(a, b):
    for index, (left, right) in enumerate(zip(a, b)):
        if left != right:
            return index
    return None if len(a) == len(b) else min(len(a), len(b))


def compare_trees(folder, lines, latest, breaks):
    """Entries against level 0, every level against the definition; gives the trees of entries and of tiles."""
    size = latest["size"]
    entries = [hashlib.sha256(b"\x00" + line).digest() for line in lines]
    stored = read_tiles(folder, 0, size)
    trees = Tree(entries), Tree(stored)
    differs = first_difference(entries, stored)
    if differs is not None:
        intact = len(entries) == size and latest["root"] == trees[0].root(size)
        breaks.append(("tile" if intact else "entry", differs))
    for level in range(1, 8):
        height = 8 * level
        found, count = read_tiles(folder, level, size), size >> height
        expected = [tree.levels[height] if height < len(tree.levels) else [] for tree in trees]
        if len(found) < count or not any(hashes[:count] == found for hashes in expected):
            breaks.append(("tile", (first_difference(found, expected[0]) or 0) << height))
    return trees


def check_notes(notes, key, origin, trees, breaks):
    """Every checkpoint: signed, of this log, in order, and with the root of a prefix."""
    good, before = 0, 0
    for note in notes:
        size = note["size"]
        if size < before:
            breaks.append(("reordered", size))
        before = max(before, size)
        if not signed(note, key) or note["origin"] != origin:
            breaks.append(("signature", size))
        elif note["root"] in [tree.root(size) for tree in trees]:
            good = max(good, size)
        else:
            breaks.append(("root", good))
    return good


def check_kept(kept, key, origin, trees, good, end, breaks):
    """Every checkpoint kept elsewhere must be a prefix too."""
    agreed = 0
    for note in sorted(kept, key=lambda note: note["size"]):
        if not signed(note, key) or note["origin"] != origin:
            breaks.append(("forked", good))
        elif note["size"] > end:
            breaks.append(("rolled-back", end))
        elif note["root"] not in [tree.root(note["size"]) for tree in trees]:
            breaks.append(("forked", agreed))
        else:
            agreed = note["size"]


def verify(folder, key_text, kept_path):
    log = json.load(open(os.path.join(folder, "log.json"), encoding="utf-8"))
    key = read_key(key_text or open(os.path.join(folder, "key.vkey"), encoding="utf-8").read())
    notes = read_notes(os.path.join(folder, "checkpoints.txt"))
    latest = read_notes(os.path.join(folder, "checkpoint"))[0]
    lines = open(os.path.join(folder, "entries.jsonl"), "rb").read().split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    breaks = []
    trees = compare_trees(folder, lines, latest, breaks)
    for index, line in enumerate(lines):
        try:
            if not isinstance(json.loads(line), dict):
                breaks.append(("malformed", index))
        except ValueError:
            breaks.append(("malformed", index))
    good = check_notes(notes, key, log["origin"], trees, breaks)
    if kept_path:
        check_kept(read_notes(kept_path), key, log["origin"], trees, good, latest["size"], breaks)
    if latest != notes[-1] or log["size"] != latest["size"]:
        breaks.append(("checkpoint", latest["size"]))
    breaks.sort(key=lambda found: found[1])
    found = [{"how": how, "index": index} for how, index in breaks]
    return {"ok": not breaks, "entries": len(lines), "checkpoints": len(notes), "breaks": found}


def main(arguments):
    options = {"--key": None, "--checkpoint": None}
    folders = []
    words = iter(arguments)
    for word in words:
        if word in options:
            options[word] = next(words)
        else:
            folders.append(word)
    key = options["--key"]
    if key and os.path.exists(key):
        key = open(key, encoding="utf-8").read()
    result = verify(folders[0], key, options["--checkpoint"])
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, ValueError, IndexError, StopIteration) as error:
        print(f"not checked: {error}", file=sys.stderr)
        sys.exit(2)
