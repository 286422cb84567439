// The way back through a layer norm, one row a group: `of_rows` takes the gradient of what was normalised. With RESIDUAL and DROPOUT
// `second` takes that of the branch. With EMBED dropout came after the norm, and `second` takes the gradient of the norm's result,
// summed over the views.

const PER_THREAD = (SIZE + 63u) / 64u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group_of(group);
    if (row >= rows()) {
        return;
    }
    var values: array<f32, PER_THREAD>;
    var sum = 0.0;
    var slope = 0.0;
    for (var i = 0u; i < PER_THREAD; i++) {
        let column = i * 64u + lane;
        values[i] = 0.0;
        if (column < SIZE) {
            let at = row * SIZE + column;
            var arrived = gradient[at];
//if EMBED
            for (var view = 1u; view < copies(); view++) {
                arrived += gradient[view * rows() * SIZE + at];
            }
//if DROPOUT
            arrived *= kept(vec2<u32>(bitcast<u32>(seed[0]), bitcast<u32>(seed[1])), site(), at, rate());
//end
            second[at] = arrived;
//end
            values[i] = arrived * parameters[weight_at() + column];
            slope += values[i] * normalised[at];
        }
        sum += values[i];
    }
    let mean = total(lane, sum) / f32(SIZE);
    let incline = total(lane, slope) / f32(SIZE);
    let scale = normalised[rows() * SIZE + row];
    for (var i = 0u; i < PER_THREAD; i++) {
        let column = i * 64u + lane;
        if (column < SIZE) {
            let at = row * SIZE + column;
            let value = (values[i] - mean - normalised[at] * incline) * scale;
            of_rows[at] = value;
//if RESIDUAL
//if DROPOUT
            second[at] = value * kept(vec2<u32>(bitcast<u32>(seed[0]), bitcast<u32>(seed[1])), site(), at, rate());
//end
//end
        }
    }
}
