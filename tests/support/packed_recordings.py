"""Unpacks what ``cp_teach.show.offline.recording.pack`` packed, as offline/mount.js does."""


def unpack(pool, packed):
    if isinstance(packed, dict):
        if "$" in packed:
            return unpack(pool, pool[packed["$"]])
        return {key: unpack(pool, item) for key, item in packed.items()}
    if isinstance(packed, list):
        return [unpack(pool, item) for item in packed]
    return packed
