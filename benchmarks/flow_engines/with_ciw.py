"""Ciw: it cannot evict who waits, so a node of our own does; times are handed in one by one."""

from itertools import pairwise

import ciw


def run(arrived, service, fails):
    stations, n = len(service), len(arrived)
    arrived = arrived.tolist()
    told = {"delivered": 0, "failed": 0, "superseded": 0, "lead": 0.0, "last": 0.0}

    class Given(ciw.dists.Distribution):
        def __init__(self, values):
            self.values = values

        def sample(self, t=None, ind=None):
            return self.values[ind.id_number - 1]

        def __deepcopy__(self, memo):
            return self

    class Superseding(ciw.Node):
        def accept(self, next_individual):
            for waiting in list(self.all_individuals):
                if not waiting.server:
                    told["superseded"] += 1
                    self.individuals[waiting.priority_class].remove(waiting)
                    self.number_of_individuals -= 1
            super().accept(next_individual)

    class Onward(ciw.routing.NodeRouting):
        def __init__(self, k):
            self.k, self.wrong = k, fails[k].tolist()

        def next_node(self, ind):
            i = ind.id_number - 1
            if self.wrong[i]:
                told["failed"] += 1
                return self.simulation.nodes[-1]
            if self.k + 1 < stations:
                return self.simulation.nodes[self.k + 2]
            now = self.simulation.current_time
            told["delivered"] += 1
            told["lead"] += now - arrived[i]
            told["last"] = now
            return self.simulation.nodes[-1]

    between = [arrived[0], *(later - earlier for earlier, later in pairwise(arrived))]
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*between, float("inf")]), *[None] * (stations - 1)],
        service_distributions=[Given(row) for row in service.tolist()],
        number_of_servers=[1] * stations,
        routing=ciw.routing.NetworkRouting(routers=[Onward(k) for k in range(stations)]),
    )
    simulation = ciw.Simulation(network, node_class=Superseding)
    simulation.simulate_until_max_time(arrived[-1] + 1000.0 * stations, progress_bar=False)
    assert n
    return tuple(told.values())
