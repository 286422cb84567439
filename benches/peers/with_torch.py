"""A training step of the two-view model in PyTorch beside the command line, one thread each, on the CPU.

Run by `cargo xtask bench peers --native`, which generates the logs; by hand, with PyTorch in a virtual environment:

    python3 -m venv target/peers && target/peers/bin/pip install torch
    target/peers/bin/python benches/peers/with_torch.py --program target/release/contrastvae --tasks '[{"name": "a", "log": "log.csv", "full": true}]'

A round is an epoch of the command line, read as milliseconds a step, and then `--steps` single steps here. Batches are padded to the window; what
needs no padding (the scores of the outputs) is computed at the places with a target alone. Products, attention, norms and Adam are
PyTorch's own fused ones. Prints one JSON object: for each task the readings of both, first and last losses, and the load.
"""
import argparse, json, math, os, random, subprocess, tempfile, time

import torch
from torch.nn import functional as F

torch.set_num_threads(1)

WINDOW, BATCH, WIDTH, HEADS, DROPOUT, VARIANCE_DROPOUT = 50, 64, 64, 2, 0.2, 0.1
KL_WEIGHT, CONTRAST_WEIGHT, TEMPERATURE, RATE = 0.1, 0.1, 0.5, 1e-3
SETTINGS = {
    "model.hidden_size": WIDTH, "model.heads": HEADS, "model.layers": 1, "model.max_length": WINDOW, "model.hidden_dropout": DROPOUT,
    "model.attention_dropout": DROPOUT, "view.mode": "model", "view.variance_dropout": VARIANCE_DROPOUT, "objective.kl_weight": KL_WEIGHT,
    "objective.kl_schedule": "constant", "objective.contrast_weight": CONTRAST_WEIGHT, "objective.temperature": TEMPERATURE,
    "training.batch_size": BATCH, "training.learning_rate": RATE, "training.epochs": 1,
}


def read_log(path):
    """Sequences of item numbers from 1 on, and how many items there are."""
    users, items = {}, {}
    for line in open(path, encoding="utf-8").read().splitlines()[1:]:
        user, item, _ = line.split(",")
        users.setdefault(user, []).append(items.setdefault(item, len(items) + 1))
    return list(users.values()), len(items)


def batches(sequences, items):
    """Padded ids, targets and one negative each, without an end. The last two items of each user are held back."""
    draw = random.Random(1)
    users = [(sequence[:-2], set(sequence)) for sequence in sequences if len(sequence) >= 4]
    at = 0
    while True:
        ids, targets, negatives = (torch.zeros(BATCH, WINDOW, dtype=torch.long) for _ in range(3))
        for row in range(BATCH):
            part, met = users[at * 7919 % len(users)]
            at += 1
            seen = part[-WINDOW - 1:]
            count = len(seen) - 1
            ids[row, WINDOW - count:] = torch.tensor(seen[:-1])
            targets[row, WINDOW - count:] = torch.tensor(seen[1:])
            others = []
            while len(others) < count:
                other = draw.randint(1, items)
                if other not in met:
                    others.append(other)
            negatives[row, WINDOW - count:] = torch.tensor(others)
        yield ids, targets, negatives


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.mixed, self.output = torch.nn.Linear(WIDTH, 3 * WIDTH), torch.nn.Linear(WIDTH, WIDTH)
        self.inner, self.outer = torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.Linear(4 * WIDTH, WIDTH)
        self.first, self.second = torch.nn.LayerNorm(WIDTH, eps=1e-12), torch.nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x, seen):
        q, k, v = (part.view(-1, WINDOW, HEADS, WIDTH // HEADS).transpose(1, 2) for part in self.mixed(x).chunk(3, -1))
        context = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, dropout_p=DROPOUT)
        a = self.first(x + F.dropout(self.output(context.transpose(1, 2).reshape(x.shape)), DROPOUT))
        return self.second(a + F.dropout(self.outer(F.gelu(self.inner(a))), DROPOUT))


class Model(torch.nn.Module):
    def __init__(self, items):
        super().__init__()
        self.items, self.positions = torch.nn.Embedding(items + 1, WIDTH), torch.nn.Embedding(WINDOW, WIDTH)
        self.norm = torch.nn.LayerNorm(WIDTH, eps=1e-12)
        self.mu, self.logvar, self.decoder = Block(), Block(), Block()
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                torch.nn.init.normal_(parameter, std=0.02)
            elif name.endswith("bias"):
                torch.nn.init.zeros_(parameter)

    def forward(self, ids, targets, negatives, full):
        """The three terms: both views' reconstruction and KL, means over real positions, and NT-Xent of the sums over them."""
        real = ids > 0
        seen = torch.ones(WINDOW, WINDOW, dtype=torch.bool).tril() & (real[:, None, :] | torch.eye(WINDOW, dtype=torch.bool))
        seen = seen.repeat(2, 1, 1)[:, None]
        x = F.dropout(self.norm(self.items(ids) + self.positions.weight), DROPOUT).repeat(2, 1, 1)
        mu, logvar = self.mu(x, seen), self.logvar(x, seen)
        deviation = torch.exp(0.5 * logvar)
        deviation = torch.cat([deviation[:BATCH], F.dropout(deviation[BATCH:], VARIANCE_DROPOUT)])
        z = mu + deviation * torch.randn_like(deviation)
        outputs = self.decoder(z, seen)
        real, targets, negatives = real.repeat(2, 1), targets.repeat(2, 1), negatives.repeat(2, 1)
        count = real.sum() / 2
        o, t = outputs[real], targets[real]
        table = self.items.weight
        if full:
            reconstruction = F.cross_entropy(o @ table[1:].T, t - 1, reduction="sum") / count
        else:
            positive, negative = (o * table[t]).sum(-1), (o * table[negatives[real]]).sum(-1)
            reconstruction = (F.softplus(-positive) + F.softplus(negative)).sum() / count
        m, v = mu[real], logvar[real]
        kl = 0.5 * (m * m + v.exp() - v - 1).sum() / count
        unit = F.normalize((z * real[..., None]).sum(1), dim=1)
        similar = (unit @ unit.T / TEMPERATURE).fill_diagonal_(-math.inf)
        contrast = F.cross_entropy(similar, torch.arange(2 * BATCH).roll(BATCH))
        return reconstruction, kl, contrast


class Torch:
    def __init__(self, task):
        torch.manual_seed(1)
        sequences, items = read_log(task["log"])
        self.batches, self.model, self.full = batches(sequences, items), Model(items), task["full"]
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=RATE, fused=True)
        self.start = 2 * math.log(items) if self.full else 4 * math.log(2)

    def step(self):
        batch = next(self.batches)
        clock, busy = time.perf_counter(), time.process_time()
        self.optimiser.zero_grad()
        terms = self.model(*batch, self.full)
        (terms[0] + KL_WEIGHT * terms[1] + CONTRAST_WEIGHT * terms[2]).backward()
        self.optimiser.step()
        losses = [term.item() for term in terms]
        return losses, 1e3 * (time.perf_counter() - clock), 1e3 * (time.process_time() - busy)


def epoch(program, task):
    """Milliseconds a step of the command line by the clock, and the losses of its first epoch."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "train", "--json", "--seed", "1", "--threads", "1", "--k-core", "1", "--data", task["log"], "--out", f"{folder}/run"]
        settings = {**SETTINGS, "objective.reconstruction": "full_softmax" if task["full"] else "sampled_negative"}
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    return 1e3 * BATCH / told["sequences_per_second"], told["history"][0]["losses"]


def measure(task, program, rounds, steps):
    peer = Torch(task)
    load = {"before": os.getloadavg()[0], "others": None}
    first, *_ = peer.step()
    for _ in range(4):
        peer.step()
    ours, theirs = {"wall": [], "processor": []}, {"wall": [], "processor": []}
    for _ in range(rounds):
        wall, epoch_losses = epoch(program, task)
        ours["wall"].append(wall)
        for _ in range(steps):
            last, wall, busy = peer.step()
            theirs["wall"].append(wall)
            theirs["processor"].append(busy)
    load["after"] = os.getloadavg()[0]
    total = lambda terms: terms[0] + KL_WEIGHT * terms[1] + CONTRAST_WEIGHT * terms[2]
    if abs(first[0] / peer.start - 1) > 0.05 or not total(last) < total(first):
        raise SystemExit(f"{task['name']}: PyTorch began at {first} and came to {last}; it does not train the model that was meant")
    ours.update(name="the command line", epoch=epoch_losses)
    theirs.update(name=f"PyTorch {torch.__version__}", first=first, last=last)
    return {"name": task["name"], "load": load, "contestants": [ours, theirs]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--tasks", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=8)
    arguments = parser.parse_args()
    tasks = [measure(task, arguments.program, arguments.rounds, arguments.steps) for task in json.loads(arguments.tasks)]
    print(json.dumps({"rounds": arguments.rounds * arguments.steps, "tasks": tasks}))


if __name__ == "__main__":
    main()
