//! Principal components of latents, with axes that do not jump from one snapshot to the next.
//!
//! In: `count` points of `dimensions` coordinates. Out: two coordinates each. A principal axis has no sign, and two axes of like
//! variance may change places between snapshots; so each projection is turned (and mirrored where needed) to lie as close as it
//! can to the one before: orthogonal Procrustes (Schönemann 1966) on the points that both have.

use nalgebra::{DMatrix, Matrix2, SymmetricEigen};

/// Points in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// x0 y0 x1 y1 …, scaled so that the largest coordinate is 1 in size (0 where all points are one).
    pub points: Vec<f32>,
    /// Share of the variance along each principal axis, the larger first.
    pub explained: [f32; 2],
    /// How a point of the space comes to the plane; its `dimensions` are 0 where nothing was projected.
    pub plane: Plane,
}

/// The affine map from the latent space to the plane of a projection: `axes (value - centre)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plane {
    /// Mean of what was projected, `dimensions`.
    pub centre: Vec<f32>,
    /// The two axes one after the other, each of `dimensions`; turned and scaled as the points are.
    pub axes: Vec<f32>,
}

/// Projects one snapshot after another.
#[derive(Clone, Debug, Default)]
pub struct Projector {
    previous: Vec<f32>,
}

impl Projector {
    /// Projects `values` (row-major, rows of `dimensions`).
    pub fn project(&mut self, values: &[f32], dimensions: usize) -> Projection {
        let count = values.len().checked_div(dimensions).unwrap_or(0);
        if count == 0 {
            return Projection {
                points: Vec::new(),
                explained: [0.0; 2],
                plane: Plane::default(),
            };
        }
        let mut mean = vec![0.0f64; dimensions];
        for row in values.chunks_exact(dimensions) {
            for (sum, value) in mean.iter_mut().zip(row) {
                *sum += f64::from(*value) / count as f64;
            }
        }
        let mut covariance = DMatrix::<f64>::zeros(dimensions, dimensions);
        let mut centred = vec![0.0f64; dimensions];
        for row in values.chunks_exact(dimensions) {
            for ((centred, value), mean) in centred.iter_mut().zip(row).zip(&mean) {
                *centred = f64::from(*value) - mean;
            }
            for i in 0..dimensions {
                for j in 0..=i {
                    covariance[(i, j)] += centred[i] * centred[j] / count as f64;
                }
            }
        }
        covariance.fill_upper_triangle_with_lower_triangle();
        let total: f64 = covariance.diagonal().iter().map(|variance| variance.max(0.0)).sum();
        let eigen = SymmetricEigen::new(covariance);
        let mut order: Vec<usize> = (0..dimensions).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let axis = |rank: usize| order.get(rank).copied();
        let share = |rank: usize| match axis(rank) {
            Some(index) if total > 0.0 => (eigen.eigenvalues[index].max(0.0) / total) as f32,
            _ => 0.0,
        };

        let mut axes: [Vec<f64>; 2] = [0, 1].map(|rank| match axis(rank) {
            Some(column) => eigen.eigenvectors.column(column).iter().copied().collect(),
            None => vec![0.0; dimensions],
        });
        let mut points = Vec::with_capacity(2 * count);
        for row in values.chunks_exact(dimensions) {
            for axis in &axes {
                let along = row
                    .iter()
                    .zip(&mean)
                    .zip(axis)
                    .map(|((value, mean), c)| (f64::from(*value) - mean) * c);
                points.push(along.sum::<f64>() as f32);
            }
        }
        let largest = points.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        if largest > 0.0 {
            points.iter_mut().for_each(|value| *value /= largest);
            axes.iter_mut().flatten().for_each(|value| *value /= f64::from(largest));
        }
        let turn = self.turn(&points);
        for point in points.chunks_exact_mut(2) {
            let (x, y) = turned(&turn, f64::from(point[0]), f64::from(point[1]));
            (point[0], point[1]) = (x as f32, y as f32);
        }
        self.previous.clone_from(&points);
        let [first, second] = &axes;
        let (first, second): (Vec<f32>, Vec<f32>) = first
            .iter()
            .zip(second)
            .map(|(&x, &y)| turned(&turn, x, y))
            .map(|(x, y)| (x as f32, y as f32))
            .unzip();
        Projection {
            points,
            explained: [share(0), share(1)],
            plane: Plane {
                centre: mean.iter().map(|&mean| mean as f32).collect(),
                axes: [first, second].concat(),
            },
        }
    }

    /// The turn (or mirror image) that brings `points` closest to the previous snapshot, where that has as many points.
    fn turn(&self, points: &[f32]) -> Matrix2<f64> {
        if self.previous.len() != points.len() {
            return Matrix2::identity();
        }
        let mut cross = Matrix2::<f64>::zeros();
        for (now, before) in points.chunks_exact(2).zip(self.previous.chunks_exact(2)) {
            for i in 0..2 {
                for j in 0..2 {
                    cross[(i, j)] += f64::from(now[i]) * f64::from(before[j]);
                }
            }
        }
        let svd = cross.svd(true, true);
        match (svd.u, svd.v_t) {
            (Some(u), Some(v_t)) => u * v_t,
            _ => Matrix2::identity(),
        }
    }
}

fn turned(turn: &Matrix2<f64>, x: f64, y: f64) -> (f64, f64) {
    (x * turn[(0, 0)] + y * turn[(1, 0)], x * turn[(0, 1)] + y * turn[(1, 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on an ellipse in the plane of dimensions 1 and 3 of five.
    fn ellipse(turn: f32) -> Vec<f32> {
        (0..40)
            .flat_map(|index| {
                let angle = index as f32 / 40.0 * std::f32::consts::TAU;
                let (x, y) = (3.0 * angle.cos(), angle.sin());
                [
                    7.0,
                    x * turn.cos() - y * turn.sin(),
                    -1.0,
                    x * turn.sin() + y * turn.cos(),
                    0.5,
                ]
            })
            .collect()
    }

    #[test]
    fn two_dimensions_of_variance_come_out_whole() {
        let projection = Projector::default().project(&ellipse(0.4), 5);
        assert!((projection.explained[0] - 0.9).abs() < 1e-4, "{:?}", projection.explained);
        assert!((projection.explained[1] - 0.1).abs() < 1e-4);
        let largest = projection.points.iter().fold(0.0f32, |a, b| a.max(b.abs()));
        assert!((largest - 1.0).abs() < 1e-6);
    }

    #[test]
    fn axes_do_not_jump() {
        let mut projector = Projector::default();
        let first = projector.project(&ellipse(0.0), 5).points;
        // Half a turn and the mirror image give the same covariance; without alignment the signs would be arbitrary.
        let mirrored: Vec<f32> = ellipse(0.05)
            .chunks_exact(5)
            .flat_map(|p| [p[0], -p[1], p[2], p[3], p[4]])
            .collect();
        let second = projector.project(&mirrored, 5).points;
        let moved = first.iter().zip(&second).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
        assert!(moved < 0.2, "{moved}");
    }

    #[test]
    fn the_plane_projects_what_it_was_made_of_to_the_same_points() {
        let mut projector = Projector::default();
        for turn in [0.0, 0.3, 1.2] {
            let values = ellipse(turn);
            let Projection { points, plane, .. } = projector.project(&values, 5);
            for (row, point) in values.chunks_exact(5).zip(points.chunks_exact(2)) {
                for (axis, along) in plane.axes.chunks_exact(5).zip(point) {
                    let again: f32 = row.iter().zip(&plane.centre).zip(axis).map(|((v, m), a)| (v - m) * a).sum();
                    assert!((again - along).abs() < 1e-5, "{again} {along}");
                }
            }
        }
    }

    #[test]
    fn one_point_and_none_are_no_trouble() {
        assert_eq!(Projector::default().project(&[], 4).points, Vec::<f32>::new());
        assert_eq!(Projector::default().project(&[1.0, 2.0, 3.0], 3).points, vec![0.0, 0.0]);
        let line = Projector::default().project(&[1.0, 3.0], 1).points;
        assert_eq!(
            line.iter().map(|value| value.abs()).collect::<Vec<_>>(),
            vec![1.0, 0.0, 1.0, 0.0]
        );
        assert_eq!(line[0], -line[2]);
    }
}
