"""What one run learnt of files, kept for the next: `delete_lint.cache.remembered` is the way in.

The facts go by the bytes of a file (`delete_lint.source.facts`), so the cache may be moved, shared between branches and
machines, and thrown away at any time. It is a folder of packs (`delete_lint.cache.pack`), each written once and never
changed. Whatever is wrong with it, a run goes on without.
"""
