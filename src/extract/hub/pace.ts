/** How far the download of a file is. */
export interface DownloadProgress {
  readonly file: string;
  /** Bytes that are there, those of an earlier run included. */
  readonly bytes: number;
  readonly total: number;
  readonly bytesPerSecond: number;
  /** Infinity as long as nothing has come. */
  readonly secondsLeft: number;
}

/** Milliseconds between two reports, which a person can follow. */
const INTERVAL = 250;

/** Tells how far a download is, some times a second and at its end. */
export class Pace {
  readonly #file: string;
  readonly #total: number;
  readonly #report: (progress: DownloadProgress) => void;
  #began = performance.now();
  #first: number;
  #told = -Infinity;

  constructor(file: string, total: number, report: (progress: DownloadProgress) => void) {
    this.#file = file;
    this.#total = total;
    this.#report = report;
    this.#first = total;
  }

  /** The file has so many bytes now; fewer than before if it began anew. */
  at(bytes: number): void {
    const now = performance.now();
    if (bytes < this.#first) {
      this.#first = bytes;
      this.#began = now;
    }
    if (now - this.#told < INTERVAL && bytes !== this.#total) return;
    this.#told = now;
    const bytesPerSecond = now > this.#began ? ((bytes - this.#first) * 1000) / (now - this.#began) : 0;
    const secondsLeft = bytes === this.#total ? 0 : (this.#total - bytes) / bytesPerSecond;
    this.#report({ file: this.#file, bytes, total: this.#total, bytesPerSecond, secondsLeft });
  }
}
