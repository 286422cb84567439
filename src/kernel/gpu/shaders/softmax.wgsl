// Cross-entropy of one position a group out of the scores of all rows of the table, of which the first and the last are no items.
// The scores give way to their gradient for a gradient of 1.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let position = group_of(group);
    if (position >= positions()) {
        return;
    }
    let within = position % view_positions();
    let weight = weights[within];
    let begin = position * columns();
    let last = columns() - 1u;
    let wanted = clamp(u32(wanted_rows[within]), 1u, last - 1u);
    let score = scores[begin + wanted];
    var top = -3.0e38;
    for (var column = lane + 1u; column < last; column += 64u) {
        top = max(top, scores[begin + column]);
    }
    top = largest(lane, top);
    var sum = 0.0;
    for (var column = lane + 1u; column < last; column += 64u) {
        sum += exp(scores[begin + column] - top);
    }
    sum = total(lane, sum);
    if (lane == 0u) {
        losses[position] = weight * (log(sum) + top - score);
    }
    for (var column = lane; column < columns(); column += 64u) {
        var value = 0.0;
        if (column > 0u && column < last && weight != 0.0) {
            value = weight * exp(scores[begin + column] - top) / sum;
            if (column == wanted) {
                value -= weight;
            }
        }
        scores[begin + column] = value;
    }
}
