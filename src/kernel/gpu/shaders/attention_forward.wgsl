// Attention of one position and head a thread: softmax over the positions that it sees, in one pass that keeps the largest score so
// far. Left behind for the way back is the logarithm of the sum, from which each weight follows.

//if DROPOUT
fn keep(token: u32, head: u32, key: u32) -> f32 {
    let at = ((token / row_length() * HEADS + head) * row_length() + token % row_length()) * row_length() + key % row_length();
    return kept(vec2<u32>(bitcast<u32>(seed[0]), bitcast<u32>(seed[1])), site(), at, rate());
}
//end

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = group_of(group) * 64u + lane;
    if (index >= tokens() * HEADS) {
        return;
    }
    let token = index / HEADS;
    let head = index % HEADS;
    let hidden = HEADS * WIDTH;
    let stride = 3u * hidden;
    let within = token % view_tokens();
    let view = token - within;
    let scale = 1.0 / sqrt(f32(WIDTH));
    var query: array<f32, WIDTH>;
    var mix: array<f32, WIDTH>;
    for (var i = 0u; i < WIDTH; i++) {
        query[i] = mixed[token * stride + head * WIDTH + i] * scale;
        mix[i] = 0.0;
    }
    var top = -3.0e38;
    var sum = 0.0;
    let end = view + u32(spans[within * 4u + 1u]);
    for (var key = view + u32(spans[within * 4u]); key < end; key++) {
        let at = key * stride + hidden + head * WIDTH;
        var score = 0.0;
        for (var i = 0u; i < WIDTH; i++) {
            score += query[i] * mixed[at + i];
        }
        let higher = max(top, score);
        let shrink = exp(top - higher);
        let weight = exp(score - higher);
        top = higher;
        sum = sum * shrink + weight;
        var share = weight;
//if DROPOUT
        share *= keep(token, head, key);
//end
        for (var i = 0u; i < WIDTH; i++) {
            mix[i] = mix[i] * shrink + share * mixed[at + hidden + i];
        }
    }
    for (var i = 0u; i < WIDTH; i++) {
        context[token * hidden + head * WIDTH + i] = mix[i] / sum;
    }
    normaliser[index] = top + log(sum);
}
