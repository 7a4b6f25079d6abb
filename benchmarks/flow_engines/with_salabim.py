"""salabim: a component for each station, passive while nobody waits."""

import salabim


def run(arrived, service, fails):
    stations = len(service)
    service, fails, arrived = service.tolist(), fails.tolist(), arrived.tolist()
    salabim.yieldless(False)
    env = salabim.Environment(trace=False)
    waits = [None] * stations
    told = {"delivered": 0, "failed": 0, "superseded": 0, "lead": 0.0, "last": 0.0}

    def come(k, i):
        if waits[k] is not None:
            told["superseded"] += 1
        waits[k] = i
        if line[k].ispassive():
            line[k].activate()

    class Station(salabim.Component):
        def setup(self, k):
            self.k = k

        def process(self):
            k = self.k
            while True:
                if waits[k] is None:
                    yield self.passivate()
                i, waits[k] = waits[k], None
                yield self.hold(service[k][i])
                if fails[k][i]:
                    told["failed"] += 1
                elif k + 1 < stations:
                    come(k + 1, i)
                else:
                    told["delivered"] += 1
                    told["lead"] += env.now() - arrived[i]
                    told["last"] = env.now()

    class Source(salabim.Component):
        def process(self):
            for i, t in enumerate(arrived):
                yield self.hold(till=t)
                come(0, i)

    line = [Station(k=k) for k in range(stations)]
    Source()
    env.run()
    return tuple(told.values())
