/** Sites that have a replacement already. A whole MLP and one of its neurons cannot both have one. */
export class TakenSites {
  readonly #sites = new Set<string>();
  /** MLPs of which a neuron is taken. */
  readonly #parted = new Set<string>();

  add(site: string): void {
    this.#sites.add(site);
    const mlp = mlpOfNeuron(site);
    if (mlp !== undefined) this.#parted.add(mlp);
  }

  has(site: string): boolean {
    return this.#sites.has(site) || this.#parted.has(site) || this.#sites.has(mlpOfNeuron(site) ?? site);
  }
}

const mlpOfNeuron = (site: string): string | undefined => /^(?<mlp>.*\.mlp)\.neuron\d+$/u.exec(site)?.groups?.["mlp"];
