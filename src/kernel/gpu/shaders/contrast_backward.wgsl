// The gradient of one of the 2S vectors a group, through its cosines with all others and its length.

const PER_THREAD = (SIZE + 63u) / 64u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group_of(group);
    if (row >= rows()) {
        return;
    }
    var values: array<f32, PER_THREAD>;
    var along = 0.0;
    for (var i = 0u; i < PER_THREAD; i++) {
        let column = i * 64u + lane;
        values[i] = 0.0;
        if (column < SIZE) {
            for (var other = 0u; other < rows(); other++) {
                let slope = slopes[row * rows() + other] + slopes[other * rows() + row];
                values[i] += slope * units[other * SIZE + column];
            }
            along += values[i] * units[row * SIZE + column];
        }
    }
    along = total(lane, along);
    let factor = upstream[0] * units[rows() * SIZE + row];
    for (var i = 0u; i < PER_THREAD; i++) {
        let column = i * 64u + lane;
        if (column < SIZE) {
            output[row * SIZE + column] = factor * (values[i] - units[row * SIZE + column] * along);
        }
    }
}
