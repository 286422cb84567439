// LN(input + keep * branch) of one row a group, or with EMBED: keep * LN(table[id] + place[position]), for each of `copies` views.
// `normalised` takes the rows before weight and bias and behind them what each was divided by, as its reciprocal.

const PER_THREAD = (SIZE + 63u) / 64u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group_of(group);
    if (row >= rows()) {
        return;
    }
    var values: array<f32, PER_THREAD>;
    var sum = 0.0;
    for (var i = 0u; i < PER_THREAD; i++) {
        let column = i * 64u + lane;
        values[i] = 0.0;
        if (column < SIZE) {
//if EMBED
            values[i] = parameters[u32(ids[row]) * SIZE + column] + parameters[places_at() + u32(places[row]) * SIZE + column];
//end
//if RESIDUAL
            var from_branch = branch[row * SIZE + column];
//if DROPOUT
            from_branch *= kept(vec2<u32>(bitcast<u32>(seed[0]), bitcast<u32>(seed[1])), site(), row * SIZE + column, rate());
//end
            values[i] = input[row * SIZE + column] + from_branch;
//end
        }
        sum += values[i];
    }
    let mean = total(lane, sum) / f32(SIZE);
    var squares = 0.0;
    for (var i = 0u; i < PER_THREAD; i++) {
        if (i * 64u + lane < SIZE) {
            values[i] -= mean;
            squares += values[i] * values[i];
        }
    }
    let scale = 1.0 / sqrt(total(lane, squares) / f32(SIZE) + 1e-12);
    for (var i = 0u; i < PER_THREAD; i++) {
        let column = i * 64u + lane;
        if (column < SIZE) {
            let at = row * SIZE + column;
            let value = values[i] * scale;
            normalised[at] = value;
            var result = value * parameters[weight_at() + column] + parameters[bias_at() + column];
//if RESIDUAL
            output[at] = result;
//end
//if EMBED
//if DROPOUT
            result *= kept(vec2<u32>(bitcast<u32>(seed[0]), bitcast<u32>(seed[1])), site(), at, rate());
//end
            for (var view = 0u; view < copies(); view++) {
                output[view * rows() * SIZE + at] = result;
            }
//end
        }
    }
    if (lane == 0u) {
        normalised[rows() * SIZE + row] = scale;
    }
}
