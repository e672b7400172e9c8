// Name and version of this app as every submission states them (U17). The version is put in by the build.

declare const __APP_VERSION__: string | undefined

/** As in a submission's `app`. */
export const app = {
  name: 'levee-web',
  version: typeof __APP_VERSION__ === 'undefined' ? '0.0.0-source' : __APP_VERSION__,
} as const
