// placeholder replaced by P
export type DeviceForm = { readonly form: string }
