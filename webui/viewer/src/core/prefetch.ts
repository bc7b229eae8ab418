/** In which order the images of a stack are asked for. */

/** Indices from `current` outwards; two ahead in the direction of travel for one behind. */
export function prefetchOrder(current: number, total: number, direction: 1 | -1 = 1): number[] {
  const order: number[] = [];
  const add = (index: number): void => { if (index >= 0 && index < total) order.push(index); };
  if (current >= 0 && current < total) order.push(current);
  for (let ahead = 1, behind = 1; ahead < total || behind < total; behind += 1) {
    add(current + direction * ahead); add(current + direction * (ahead + 1));
    ahead += 2;
    add(current - direction * behind);
  }
  return order;
}
