export { fetchModel, type FetchOptions } from "./fetch-model.ts";
export type { DownloadProgress } from "./pace.ts";
export { hubReference, type HubReference } from "./reference.ts";
export type { Environment } from "./settings.ts";
