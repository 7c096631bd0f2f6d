// The texts of an evidence pack: how to verify it, and a program of a page that does so without Dogwatch.

/** `verify.py`: Python's standard library and `openssl`, nothing of Dogwatch. */
export const VERIFY_PY = `#!/usr/bin/env python3
"""Verifies the proofs of this pack: python3 verify.py [file of verifier keys]

Give it the log's verifier keys as you got them from elsewhere than this pack; without a file the pack's own log/vkey is
used, which shows only that the pack agrees with itself. Needs Python 3.8 and openssl 1.1.1 or newer.
"""
import base64, glob, hashlib, json, os, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
sha256 = lambda data: hashlib.sha256(data).digest()
b64 = lambda text: base64.b64decode(text, validate=True)
LETTERS = {"summary": "s", "request": "q", "response": "r", "before": "b", "after": "a"}


def fail(text):
    sys.exit("NOT VERIFIED: " + text)


def read_keys(path):
    """Signed-note verifier keys: name+hash+base64(algorithm byte and key). The hash is of the name and the rest."""
    keys = {}
    for line in open(path, encoding="utf-8").read().split():
        name, identity, encoded = line.split("+", 2)
        data = b64(encoded)
        if data[0] != 1 or len(data) != 33 or sha256(name.encode() + b"\\n" + data)[:4].hex() != identity:
            fail("a verifier key is none of Ed25519: " + line)
        keys[(name, bytes.fromhex(identity))] = data[1:]
    return keys


def signed(text, key, signature):
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("text", "signature", "key.der")]
        spki = bytes.fromhex("302a300506032b6570032100") + key
        for path, data in zip(files, (text, signature, spki)):
            open(path, "wb").write(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", files[2], "-rawin",
                   "-in", files[0], "-sigfile", files[1]]
        return subprocess.run(command, capture_output=True).returncode == 0


def checkpoint(note, keys):
    """Size and root of a checkpoint that one of the keys signed (C2SP signed-note and tlog-checkpoint)."""
    text, _, signatures = note.partition("\\n\\n")
    origin, size, root = text.split("\\n")[:3]
    for line in signatures.splitlines():
        _, name, encoded = line.split(" ")
        data = b64(encoded)
        key = keys.get((name, data[:4]))
        if key and name == origin and signed((text + "\\n").encode(), key, data[4:]):
            return int(size), b64(root)
    fail("no key that is given signed the checkpoint")


def root_of(leaf, index, size, path):
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    at, last, value = index, size - 1, sha256(b"\\0" + leaf)
    for sibling in path:
        if last == 0:
            fail("a proof is too long")
        if at & 1 or at == last:
            value = sha256(b"\\1" + sibling + value)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            value = sha256(b"\\1" + value + sibling)
        at, last = at >> 1, last >> 1
    if last:
        fail("a proof is too short")
    return value


def verify(path, keys, known):
    lines = open(path, encoding="utf-8").read().splitlines()
    head = json.loads(lines[0])
    if head["entries"] != len(lines) - 1:
        fail(path + " has not as many entries as it says")
    for line in map(json.loads, lines[1:]):
        leaf = json.loads(line["leaf"])
        committed = {name: leaf["c"][letter] for name, letter in LETTERS.items() if letter in leaf["c"]}
        for name, part in line["parts"].items():
            found = sha256(b64(part["salt"]) + b64(part["bytes"]))
            if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != committed[name]:
                fail(path + ": its " + name + " is not what the log commits to")
            if name == "summary" and json.loads(b64(part["bytes"]))["exchange"] != head["exchange"]:
                fail(path + ": a summary of another exchange")
        if set(line["parts"]) | set(line["closed"]) != set(committed):
            fail(path + ": a part is missing")
        proof, _, note = line["proof"].partition("\\n\\n")
        said, index, *hashes = proof.split("\\n")
        if said != "c2sp.org/tlog-proof@v1" or not index.startswith("index "):
            fail(path + ": no tlog-proof")
        if note not in known:
            known[note] = checkpoint(note, keys)
        size, root = known[note]
        if int(index[6:]) >= size or root_of(line["leaf"].encode(), int(index[6:]), size, [b64(h) for h in hashes]) != root:
            fail(path + ": an entry is not in the log")
    return head["exchange"]


def main():
    own = os.path.join(here, "log", "vkey")
    keys, known = read_keys(sys.argv[1] if len(sys.argv) > 1 else own), {}
    for line in open(os.path.join(here, "SHA256SUMS"), encoding="utf-8").read().splitlines():
        digest, path = line.split("  ", 1)
        with open(os.path.join(here, path), "rb") as file:
            state = hashlib.sha256()
            while data := file.read(1 << 20):
                state.update(data)
        if state.hexdigest() != digest:
            fail(path + " is not the file that was packed")
    files = sorted(glob.glob(os.path.join(here, "proofs", "*.proof")))
    for path in files:
        print("verified", verify(path, keys, known))
    print(len(files), "exchanges stand in the signed log.")
    if len(sys.argv) < 2:
        print("The key came from the pack itself: compare log/vkey with the log's key as you have it from elsewhere.")


main()
`;

export interface PackFacts {
  readonly version: string;
  readonly query: string;
  readonly madeAt: number;
  readonly by: string;
  readonly exchanges: number;
  /** Parts that are not in the pack. */
  readonly without: readonly string[];
}

/** `README.md`. */
export function readme({ version, query, madeAt, by, exchanges, without }: PackFacts): string {
  const quoted = query.trim() === '' ? '(everything)' : query;
  return `# Evidence from a Dogwatch record

Made on ${new Date(madeAt).toISOString()} by ${oneLine(by)} with Dogwatch ${version}.
It holds ${exchanges} exchanges between agents and Datadog: all that matched this query then.

    ${oneLine(quoted)}
${without.length > 0 ? `\nNot opened in this pack: ${without.join(', ')}. The proofs hold without them, and say so.\n` : ''}
| path | what |
| --- | --- |
| summary.html | what happened, to be read in a browser; it loads nothing and runs nothing |
| exchanges/<id>/exchange.json | who, when, what, the verdict, request and response |
| exchanges/<id>/request, response | the recorded bodies, byte for byte, where there are any |
| proofs/<id>.proof | the entries of that exchange and their place in the signed log |
| log/checkpoint, log/cosigned | the log's signed tree heads when the pack was made |
| log/vkey, log/key-<n>.pem | the log's public keys, as signed-note verifier keys and for openssl |
| verify.py | verifies all proofs with Python and openssl alone |
| SHA256SUMS | of every file above |

What is proven is what stands in the proofs: summary.html and exchange.json are made from the same parts, to be read.

## Verify it

First get the log's verifier key from somewhere else than this pack: from whoever runs the gateway, a witness, or
\`https://<its API>/tlog/vkey\`, and keep it as \`trusted-vkey\`. Without that, all that can be shown is that the pack agrees with itself.

With Python 3.8 and openssl, without Dogwatch:

    sha256sum --check SHA256SUMS
    python3 verify.py trusted-vkey

With Dogwatch, which checks more (canonical form, chunks of long bodies, witnesses):

    for proof in proofs/*.proof; do dogwatch verify-proof "$proof" --key trusted-vkey; done

By hand, for one line of a proof (each but the first stands for one entry; docs/journal-format.md says all of it):

1. The part is what the leaf commits to. \`c.s\` of the leaf is for the summary, \`q\` the request, \`r\` the response, \`b\` and \`a\` the images
   before and after:

       jq -r 'select(.parts.summary) | .parts.summary.salt, .parts.summary.bytes' x.proof | while read -r p; do printf %s "$p" | base64 -d; done \\
         | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d =
       jq -r 'select(.leaf) | .leaf | fromjson | .c.s' x.proof

   (for an exchange of one entry; of several, take one line at a time).

2. The checkpoint is signed. It stands behind the first empty line of \`proof\`; the signed text is its lines before the empty one, each with
   its line end; the signature is the last 64 bytes of the base64 of the line that begins with a dash:

       openssl pkeyutl -verify -pubin -inkey log/key-1.pem -rawin -in signed-text -sigfile signature

3. The entry is in the tree: SHA-256 of a zero byte and the leaf, then with each hash of the proof as RFC 9162 section 2.1.3.2 says, gives the root
   in the checkpoint. Any reader of C2SP tlog-proof does this, such as Go's golang.org/x/mod/sumdb/tlog (CheckRecord) and note (Open).
`;
}

/** Without line ends and what steers a terminal or turns text round. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 5000);
