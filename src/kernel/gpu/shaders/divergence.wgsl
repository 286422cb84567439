// The weighted divergence from the standard normal distribution of one row a group.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group_of(group);
    if (row >= rows()) {
        return;
    }
    var sum = 0.0;
    for (var column = lane; column < columns(); column += 64u) {
        let mean = mu[row * columns() + column];
        let spread = logvar[row * columns() + column];
        sum += 1.0 + spread - mean * mean - exp(spread);
    }
    sum = total(lane, sum);
    if (lane == 0u) {
        output[row] = -0.5 * weights[row % view_rows()] * sum;
    }
}
