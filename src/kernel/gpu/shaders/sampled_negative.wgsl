// Binary cross-entropy of one position a group: its weighted loss, and for a gradient of 1 what the gradient of the output has of the
// target's and of the negative's embedding. `entries` takes the rows of the table, targets before negatives.

const PER_THREAD = (SIZE + 63u) / 64u;

// ln(1 + e^x), in a form that lets NaN through.
fn softplus(x: f32) -> f32 {
    return select(0.0, x, !(x <= 0.0)) + log(1.0 + exp(-abs(x)));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let position = group_of(group);
    if (position >= positions()) {
        return;
    }
    let within = position % view_positions();
    let wanted = u32(wanted_rows[within]) * SIZE;
    let unwanted = u32(unwanted_rows[within]) * SIZE;
    var for_wanted = 0.0;
    var for_unwanted = 0.0;
    for (var i = 0u; i < PER_THREAD; i++) {
        let column = i * 64u + lane;
        if (column < SIZE) {
            let value = outputs[position * SIZE + column];
            for_wanted += value * table[wanted + column];
            for_unwanted += value * table[unwanted + column];
        }
    }
    let score = total(lane, for_wanted);
    let other = total(lane, for_unwanted);
    if (lane == 0u) {
        let weight = weights[within];
        results[position] = weight * (softplus(-score) + softplus(other));
        results[positions() + position] = -weight / (1.0 + exp(score));
        results[2u * positions() + position] = weight / (1.0 + exp(-other));
        entries[position] = wanted_rows[within];
        entries[positions() + position] = unwanted_rows[within];
    }
}
