"""SimPy: a process for each station, which sleeps until somebody waits at its door."""

import simpy


def run(arrived, service, fails):
    stations = len(service)
    service, fails, arrived = service.tolist(), fails.tolist(), arrived.tolist()
    env = simpy.Environment()
    waits, bell = [None] * stations, [env.event() for _ in range(stations)]
    told = {"delivered": 0, "failed": 0, "superseded": 0, "lead": 0.0, "last": 0.0}

    def come(k, i):
        if waits[k] is not None:
            told["superseded"] += 1
        waits[k] = i
        if not bell[k].triggered:
            bell[k].succeed()

    def station(k):
        needs, wrong = service[k], fails[k]
        while True:
            if waits[k] is None:
                bell[k] = env.event()
                yield bell[k]
            i, waits[k] = waits[k], None
            yield env.timeout(needs[i])
            if wrong[i]:
                told["failed"] += 1
            elif k + 1 < stations:
                come(k + 1, i)
            else:
                told["delivered"] += 1
                told["lead"] += env.now - arrived[i]
                told["last"] = env.now

    def source():
        now = 0.0
        for i, t in enumerate(arrived):
            yield env.timeout(t - now)
            now = t
            come(0, i)

    for k in range(stations):
        env.process(station(k))
    env.process(source())
    env.run()
    return tuple(told.values())
