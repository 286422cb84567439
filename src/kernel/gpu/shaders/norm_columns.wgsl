// Gradients of a layer norm's weight and bias: sums over all rows. A group has 4 columns and 16 threads for each.

var<workgroup> weights: array<f32, 64>;
var<workgroup> biases: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let column = group.x * 4u + lane % 4u;
    var weight = 0.0;
    var bias = 0.0;
    if (column < columns()) {
        for (var row = lane / 4u; row < rows(); row += 16u) {
            let value = gradient[row * columns() + column];
            weight += value * normalised[row * columns() + column];
            bias += value;
        }
    }
    weights[lane] = weight;
    biases[lane] = bias;
    workgroupBarrier();
    if (lane < 4u && column < columns()) {
        for (var other = lane + 4u; other < 64u; other += 4u) {
            weight += weights[other];
            bias += biases[other];
        }
        result[weight_at() + column] = weight;
        result[bias_at() + column] = bias;
    }
}
