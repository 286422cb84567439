// Vectors of length one, one row a group, and behind them the reciprocals of the lengths.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group_of(group);
    if (row >= rows()) {
        return;
    }
    var sum = 0.0;
    for (var column = lane; column < columns(); column += 64u) {
        let value = vectors[row * columns() + column];
        sum += value * value;
    }
    let reciprocal = 1.0 / sqrt(total(lane, sum) + 1e-24);
    for (var column = lane; column < columns(); column += 64u) {
        output[row * columns() + column] = vectors[row * columns() + column] * reciprocal;
    }
    if (lane == 0u) {
        output[rows() * columns() + row] = reciprocal;
    }
}
