// NT-Xent of one of the 2S vectors a group: its loss, and the gradient of its row of cosines for a gradient of 1.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group_of(group);
    let sequences = rows() / 2u;
    if (row >= rows()) {
        return;
    }
    var top = -3.0e38;
    for (var other = lane; other < rows(); other += 64u) {
        var cosine = 0.0;
        for (var column = 0u; column < columns(); column++) {
            cosine += units[row * columns() + column] * units[other * columns() + column];
        }
        var value = cosine * inverse_temperature();
        var left_out = other == row;
//if LABELS
        let label = labels[row % sequences];
        left_out = left_out || (label != 0 && row % sequences != other % sequences && label == labels[other % sequences]);
//end
        if (left_out) {
            value = -1e9;
        }
        slopes[row * rows() + other] = value;
        top = max(top, value);
    }
    top = largest(lane, top);
    var sum = 0.0;
    for (var other = lane; other < rows(); other += 64u) {
        sum += exp(slopes[row * rows() + other] - top);
    }
    sum = total(lane, sum);
    let partner = (row + sequences) % rows();
    let share = 1.0 / f32(rows());
    for (var other = lane; other < rows(); other += 64u) {
        let value = slopes[row * rows() + other];
        var slope = exp(value - top) / sum;
        if (other == partner) {
            losses[row] = share * (log(sum) + top - value);
            slope -= 1.0;
        }
        if (value <= -1e9) {
            slope = 0.0;
        }
        slopes[row * rows() + other] = slope * share * inverse_temperature();
    }
}
